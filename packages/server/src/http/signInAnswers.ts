import { kindOf, readUserId as readAnswer } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'

/**
 * The user whom an app's `authenticate` has found; `null` for wrong credentials.
 *
 * @throws {TypeError} for what is neither, which signs nobody in
 */
export function readUserId(answer: unknown, log: FastifyBaseLogger): string | null {
  const { userId, mistake } = readAnswer(answer)
  if (mistake !== undefined) {
    log.warn(`authenticate returned ${mistake}: return null for wrong credentials`)
  }
  return userId
}

/**
 * The account that an app's `accountOf` has named.
 *
 * @throws {TypeError} for what is no string
 */
export function readAccount(answer: unknown): string {
  if (typeof answer === 'string') return answer
  throw new TypeError(`accountOf returned ${kindOf(answer)}: return the account as a string`)
}
