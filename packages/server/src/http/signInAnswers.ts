import { kindOf, readUserId as readAnswer } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'

/**
 * The user id that an app's `authenticate` returned; `null` for wrong credentials.
 *
 * @throws {TypeError} for any other value, so that nobody is signed in by mistake
 */
export function readUserId(answer: unknown, log: FastifyBaseLogger): string | null {
  const { userId, mistake } = readAnswer(answer)
  if (mistake !== undefined) {
    log.warn(`authenticate returned ${mistake}: return null for wrong credentials`)
  }
  return userId
}

/**
 * The account that an app's `accountOf` returned.
 *
 * @throws {TypeError} for any value but a string
 */
export function readAccount(answer: unknown): string {
  if (typeof answer === 'string') return answer
  throw new TypeError(`accountOf returned ${kindOf(answer)}: return the account as a string`)
}
