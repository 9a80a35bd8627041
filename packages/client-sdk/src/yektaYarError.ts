import { isRetryable } from '@yektayar/protocol'
import type { AnswerError, ErrorCode } from '@yektayar/protocol'

/** What a {@link YektaYarError} carries besides its code and message. */
export interface YektaYarErrorDetails {
  readonly hint?: string | undefined
  readonly retryable?: boolean
  readonly mayHaveRun?: boolean
  readonly data?: unknown
  readonly cause?: unknown
}

/** Failures after which the command may have taken effect on the server all the same. */
const uncertainCodes: readonly ErrorCode[] = [
  'handler_timeout',
  'internal_error',
  'invalid_answer',
  'store_unavailable',
]

/** The one error of this package. Branch on `code`; before a retry, look at `mayHaveRun`. */
export class YektaYarError extends Error {
  override readonly name = 'YektaYarError'

  readonly code: ErrorCode

  /** What to do next, where there is something to do. */
  readonly hint: string | undefined

  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean

  /** Whether the server may have acted on the request; then only an idempotent one is safe to repeat. */
  readonly mayHaveRun: boolean

  /** Details by code; `invalid_input` carries `{ issues: [{ path, message }] }`. */
  readonly data: unknown

  constructor(code: ErrorCode, message: string, details: YektaYarErrorDetails = {}) {
    const { hint, retryable = isRetryable(code), mayHaveRun = false, data, cause } = details
    super(message, { cause })
    this.code = code
    this.hint = hint
    this.retryable = retryable
    this.mayHaveRun = mayHaveRun
    this.data = data
  }

  /** The server's own words about a request that it refused or failed. */
  static fromAnswer(what: string, error: AnswerFailure): YektaYarError {
    const mayHaveRun = uncertainCodes.includes(error.code)
    return new YektaYarError(error.code, `${what}: ${error.message}`, { ...error, mayHaveRun })
  }
}

/** A failure from the server; `invalid_answer` stands in for a code this version does not know. */
export type AnswerFailure = Omit<AnswerError, 'code'> & { readonly code: ErrorCode }

/** Narrows any value to a {@link YektaYarError}, also one from another copy of this package. */
export function isYektaYarError(value: unknown): value is YektaYarError {
  return value instanceof Error && value.name === 'YektaYarError'
}
