import type { FastifyBaseLogger } from 'fastify'
import { isUserId, MAX_USER_ID_LENGTH } from '../sessions/userId.js'

/** What a plain JavaScript app often returns for wrong credentials instead of `null`. */
const mistakes = new Map<unknown, string>([
  [false, 'false'],
  [undefined, 'undefined'],
  ['', 'an empty string'],
])

/**
 * The user whom an app's `authenticate` has found; `null` for wrong credentials.
 *
 * @throws {TypeError} for what is neither, which signs nobody in
 */
export function readUserId(answer: unknown, log: FastifyBaseLogger): string | null {
  if (answer === null || isUserId(answer)) return answer
  const mistake = mistakes.get(answer)
  if (mistake !== undefined) {
    log.warn(`authenticate returned ${mistake}: return null for wrong credentials`)
    return null
  }
  throw new TypeError(
    `authenticate returned ${kindOf(answer)}: return null, or the id of a user as a string of ` +
      `1 to ${String(MAX_USER_ID_LENGTH)} characters without NUL and lone surrogates`,
  )
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

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'string' ? 'another string' : `a value of type ${typeof value}`
}
