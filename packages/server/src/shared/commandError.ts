import { copyJson, docsOf, isRetryable, isServerErrorCode } from '@yektayar/protocol'
import type { AnswerError, ServerErrorCode } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { Refusal } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import { guardLog } from './guardLog.js'
import { isA } from './isA.js'

/** How much of an invalid code the log shows. */
const MAX_LOGGED_LENGTH = 64

/** Errors that were created with a message that is no string; `Error` converts it. */
const withoutText = new WeakSet<CommandError>()

/** Details of a `CommandError`. */
export interface CommandErrorOptions {
  /** What the caller can do next. */
  hint?: string
  /** Details for the caller, as JSON. */
  data?: unknown
  /** The original failure; logged, never sent. */
  cause?: unknown
  /** Whether the same request may succeed later. @default depends on the code */
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

  /** The address of the docs of the code; not sent, since the client derives it too. */
  get docs(): string {
    return docsOf(this.code)
  }
}

/** The error for a refusal of the protocol package, whose text the fake shares. */
export function commandErrorOf(
  { code, message, ...details }: Refusal,
  options: CommandErrorOptions = {},
): CommandError {
  return new CommandError(code, message, { ...details, ...options })
}

/** Whether an error was meant for the caller. */
export function isCommandError(error: unknown): error is CommandError {
  return isA(error, CommandError)
}

/**
 * Converts a failure for the wire. One that was not meant for the caller, or that cannot be sent,
 * loses its text.
 */
export function toAnswerError(error: unknown): AnswerError {
  const read = isCommandError(error) ? readError(error) : undefined
  if (typeof read === 'object') return read
  return { ...refusals.internalError, retryable: isRetryable('internal_error') }
}

/**
 * Whether a failure reaches the caller completely. Otherwise its reason belongs in the log. That is
 * also the case for a `CommandError` with a cause, and for one with values of the wrong type, which
 * plain JavaScript can create.
 */
export function isExpected(error: unknown): error is CommandError {
  try {
    return (
      isCommandError(error) && error.cause === undefined && typeof readError(error) === 'object'
    )
  } catch {
    return false
  }
}

/** Logs a failure whose reason the caller does not get. */
export function logFailure(
  log: FastifyBaseLogger,
  what: string,
  error: unknown,
  details: object = {},
): void {
  if (isExpected(error)) return
  const read = isCommandError(error) ? readError(error) : undefined
  const fault = typeof read === 'string' ? `: a CommandError that cannot be sent, ${read}` : ''
  guardLog(log).error({ ...details, err: error }, `${what}${fault}`)
}

/** The error for the wire, or the reason why it cannot be sent. */
function readError(error: CommandError): AnswerError | string {
  try {
    return readFields(error)
  } catch {
    return 'since it throws when it is read'
  }
}

function readFields(error: CommandError): AnswerError | string {
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

/** An invalid code, shortened for the log. */
function describe(code: unknown): string {
  return typeof code === 'string' ? JSON.stringify(code.slice(0, MAX_LOGGED_LENGTH)) : typeof code
}
