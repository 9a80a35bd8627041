import { isServerErrorCode } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'
import { propertiesOf } from './propertiesOf.js'
import { YektaYarError } from './yektaYarError.js'

/** Codes after which the command may have taken effect nevertheless. */
const uncertainCodes: readonly ErrorCode[] = [
  'answer_expired',
  'handler_timeout',
  'internal_error',
  'invalid_answer',
  'store_unavailable',
]

/**
 * Whether a failure is in the server's own error format. Portals, proxies and other servers answer
 * in its place, and nothing that they say is final.
 */
export function isRefusal(failure: unknown): boolean {
  const { code, message, retryable } = propertiesOf(failure)
  return isServerErrorCode(code) && typeof message === 'string' && typeof retryable === 'boolean'
}

/** The same error, but one after which the same request is made again. */
export function toRetryable(error: YektaYarError): YektaYarError {
  const { code, message, hint, mayHaveRun, data, cause } = error
  return new YektaYarError(code, message, { hint, mayHaveRun, data, cause, retryable: true })
}

/**
 * The error for a failure off the wire: of an acknowledgement, a refused handshake or a REST body.
 * A code that this version does not know becomes `invalid_answer`, and so does what is no failure
 * at all; `otherwise` then says what came instead.
 */
export function errorFromServer(
  what: string,
  failure: unknown,
  otherwise = 'an unknown answer',
  cause?: unknown,
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
    cause,
  })
}
