import { YektaYarError } from '@yektayar/client'
import { isRetryable, isServerErrorCode } from '@yektayar/protocol'
import type { AnswerError } from '@yektayar/protocol'
import { isTemporary as isTemporaryCode, refusals } from '@yektayar/protocol/rules'
import type { Refusal } from '@yektayar/protocol/rules'

/** The error for a refusal, as a server words it. */
export function errorOf(
  { code, message, ...options }: Refusal,
  details: { readonly hint?: string; readonly data?: unknown } = {},
): YektaYarError {
  return new YektaYarError(code, message, { ...options, ...details })
}

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
  const message = `A handler threw: ${String(error)}`
  return { ...refusals.internalError, message, retryable: false }
}

/** After these the same item of an outbox may succeed, so it keeps its number. */
export function isTemporary(error: unknown): boolean {
  return isTemporaryCode(toAnswerError(error).code)
}
