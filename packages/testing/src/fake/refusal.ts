import { YektaYarError } from '@yektayar/client'
import { isRetryable, isServerErrorCode } from '@yektayar/protocol'
import type { AnswerError } from '@yektayar/protocol'

/**
 * The form in which a failure travels. What is no refusal is a mistake in a handler: other than a
 * server's, its text is kept, since whoever reads it has written the handler.
 */
export function toAnswerError(error: unknown): AnswerError {
  const { code, hint, data, retryable } = (error ?? {}) as Partial<AnswerError> // looked at before use
  if (error instanceof Error && isServerErrorCode(code)) {
    return {
      code,
      message: error.message,
      retryable: retryable ?? isRetryable(code),
      ...(hint !== undefined && { hint }),
      ...(data !== undefined && { data }),
    }
  }
  return { code: 'internal_error', message: `A handler threw: ${String(error)}`, retryable: false }
}

/** After these the same item of an outbox may succeed, so it keeps its number. */
export function isTemporary(error: unknown): boolean {
  const { code } = toAnswerError(error)
  return code === 'rate_limited' || code === 'store_full' || code === 'store_unavailable'
}

/** The error where somebody signed in or out on the connection in the meantime. */
export function sessionChanged(): YektaYarError {
  return new YektaYarError('conflict', 'Somebody signed in or out meanwhile', {
    hint: 'Try again',
    retryable: true,
  })
}

export function invalidToken(): YektaYarError {
  return new YektaYarError('token_invalid', 'Invalid or expired session token', {
    hint: 'Acquire a new session with POST /api/session/acquire',
  })
}
