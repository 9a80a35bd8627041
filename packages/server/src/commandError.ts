import { isRetryable } from '@yektayar/protocol'
import type { AnswerError, ServerErrorCode } from '@yektayar/protocol'

/** Details of a `CommandError`. */
export interface CommandErrorOptions {
  /** What the caller can do next. */
  hint?: string
  /** Details for the caller, as JSON. */
  data?: unknown
  /** The original failure; logged, never sent. */
  cause?: unknown
}

/**
 * A failure that the caller may read. Throw it from a command handler or a route; anything else
 * that is thrown reaches the caller as `internal_error` without its text.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: ServerErrorCode
  readonly hint: string | undefined
  readonly data: unknown

  constructor(code: ServerErrorCode, message: string, options: CommandErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.data = options.data
  }
}

/** Tells whether a failure was meant for the caller. */
export function isCommandError(error: unknown): error is CommandError {
  return error instanceof CommandError
}

/** The form in which a failure travels; what was not meant for the caller loses its text. */
export function toAnswerError(error: unknown): AnswerError {
  if (!isCommandError(error)) {
    return {
      code: 'internal_error',
      message: 'The server failed while it handled this',
      hint: 'The server log has the cause; the request may have had an effect',
      retryable: isRetryable('internal_error'),
    }
  }
  const { code, message, hint, data } = error
  return {
    code,
    message,
    retryable: isRetryable(code),
    ...(hint !== undefined && { hint }),
    ...(data !== undefined && { data }),
  }
}
