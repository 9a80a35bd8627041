import { copyJson, isRetryable, isServerErrorCode } from '@yektayar/protocol'
import type { AnswerError, ServerErrorCode } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { Refusal } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'

/** How much of a code that is none the log shows. */
const MAX_LOGGED_LENGTH = 64

/** Errors that were made with something else than a text, which `Error` turns into one. */
const withoutText = new WeakSet<CommandError>()

/** Details of a `CommandError`. */
export interface CommandErrorOptions {
  /** What the caller can do next. */
  hint?: string
  /** Details for the caller, as JSON. */
  data?: unknown
  /** The original failure; logged, never sent. */
  cause?: unknown
  /** Whether the same request may succeed later without being changed. @default by the code */
  retryable?: boolean
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
  readonly retryable: boolean

  constructor(code: ServerErrorCode, message: string, options: CommandErrorOptions = {}) {
    super(message, { cause: options.cause })
    if (typeof message !== 'string') withoutText.add(this)
    this.code = code
    this.hint = options.hint
    this.data = options.data
    this.retryable = options.retryable ?? isRetryable(code)
  }
}

/** The error for a refusal whose text the fake has as well. */
export function commandErrorOf(
  { code, message, ...details }: Refusal,
  options: CommandErrorOptions = {},
): CommandError {
  return new CommandError(code, message, { ...details, ...options })
}

/** Tells whether a failure was meant for the caller. */
export function isCommandError(error: unknown): error is CommandError {
  return error instanceof CommandError
}

/** The form in which a failure travels; what cannot be sent or was not meant for the caller loses its text. */
export function toAnswerError(error: unknown): AnswerError {
  const read = isCommandError(error) ? readError(error) : undefined
  if (typeof read === 'object') return read
  return { ...refusals.internalError, retryable: isRetryable('internal_error') }
}

/**
 * Whether a failure was meant for the caller as it is. Otherwise its reason belongs into the log, as
 * for a `CommandError` with a cause, and for one that breaks its own type, as plain JavaScript may.
 */
export function isExpected(error: unknown): error is CommandError {
  return isCommandError(error) && error.cause === undefined && typeof readError(error) === 'object'
}

/** Logs a failure of which the caller does not get the reason. */
export function logFailure(
  log: FastifyBaseLogger,
  what: string,
  error: unknown,
  details: object = {},
): void {
  if (isExpected(error)) return
  const read = isCommandError(error) ? readError(error) : undefined
  const fault = typeof read === 'string' ? `: a CommandError that cannot be sent, ${read}` : ''
  log.error({ ...details, err: error }, `${what}${fault}`)
}

/** The error as it travels, or why it cannot. */
function readError(error: CommandError): AnswerError | string {
  const { code, message, hint, data, retryable } = error
  if (!isServerErrorCode(code))
    return `since its code is ${describe(code)}, which is none of the list`
  if (typeof message !== 'string' || withoutText.has(error)) return 'since its message is no string'
  if (hint !== undefined && typeof hint !== 'string') return 'since its hint is no string'
  const copy = data === undefined ? undefined : copyJson(data)
  if (copy && !copy.ok) {
    const { path, message } = copy.issue
    return `since its data is not JSON: ${path || 'it'} ${message}`
  }
  return {
    code,
    message,
    retryable: typeof retryable === 'boolean' ? retryable : isRetryable(code),
    ...(hint !== undefined && { hint }),
    ...(copy && { data: copy.value }),
  }
}

/** A code as the log shows it, whatever it is. */
function describe(code: unknown): string {
  return typeof code === 'string' ? JSON.stringify(code.slice(0, MAX_LOGGED_LENGTH)) : typeof code
}
