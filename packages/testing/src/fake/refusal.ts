import { YektaYarError } from '@yektayar/client'
import { copyJson, isRetryable, isServerErrorCode } from '@yektayar/protocol'
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
  const copy = data === undefined ? undefined : copyJson(data)
  if (copy && !copy.ok) {
    const { path, message } = copy.issue
    return failureOf(`A handler threw an error whose data is not JSON: ${path || 'it'} ${message}`)
  }
  if (error instanceof Error && isServerErrorCode(code)) {
    return {
      code,
      message: error.message,
      retryable: retryable ?? isRetryable(code),
      ...(hint !== undefined && { hint }),
      ...(copy && { data: copy.value }),
    }
  }
  return failureOf(`A handler threw: ${String(error)}`)
}

function failureOf(message: string): AnswerError {
  return { ...refusals.internalError, message, retryable: false }
}

/** After these the same item of an outbox may succeed, so it keeps its number. */
export function isTemporary(error: unknown): boolean {
  return isTemporaryCode(toAnswerError(error).code)
}
