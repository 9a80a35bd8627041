import { isServerErrorCode } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'
import { propertiesOf } from './propertiesOf.js'
import { YektaYarError } from './yektaYarError.js'

/** Failures after which the command may have taken effect on the server all the same. */
const uncertainCodes: readonly ErrorCode[] = [
  'answer_expired',
  'handler_timeout',
  'internal_error',
  'invalid_answer',
  'store_unavailable',
]

/**
 * The error for a failure off the wire: of an acknowledgement, a refused handshake or a REST body.
 * A code that this version does not know becomes `invalid_answer`, and so does what is no failure
 * at all; `otherwise` then says what came instead.
 */
export function errorFromServer(
  what: string,
  failure: unknown,
  otherwise = 'an unknown answer',
): YektaYarError {
  const { code, message, hint, retryable, data } = propertiesOf(failure)
  const isKnown = isServerErrorCode(code)
  const known = isKnown ? code : 'invalid_answer'
  const help = isKnown ? undefined : 'Is it a YektaYar server?'
  return new YektaYarError(known, `${what}: ${typeof message === 'string' ? message : otherwise}`, {
    hint: typeof hint === 'string' ? hint : help,
    retryable: retryable === true,
    mayHaveRun: uncertainCodes.includes(known),
    data,
  })
}
