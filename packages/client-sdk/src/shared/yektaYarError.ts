import { isRetryable } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'

/** What a {@link YektaYarError} carries besides its code and message. */
export interface YektaYarErrorDetails {
  readonly hint?: string | undefined
  readonly retryable?: boolean
  readonly mayHaveRun?: boolean
  readonly data?: unknown
  readonly cause?: unknown
}

/** The one error of this package. Branch on `code`; before a retry, look at `mayHaveRun`. */
export class YektaYarError extends Error {
  override readonly name = 'YektaYarError'

  declare readonly code: ErrorCode

  /** What to do next, where there is something to do. */
  declare readonly hint: string | undefined

  /** Whether the same request may succeed later without being changed. */
  declare readonly retryable: boolean

  /** Whether the server may have acted on the request; then only an idempotent one is safe to repeat. */
  declare readonly mayHaveRun: boolean

  /** Details by code; `invalid_input` carries `{ issues: [{ path, message }] }`. */
  declare readonly data: unknown

  /** Under which the server's log knows the command; absent for one that was not sent. */
  declare requestId?: string | undefined

  constructor(code: ErrorCode, message: string, details: YektaYarErrorDetails = {}) {
    const { hint, retryable = isRetryable(code), mayHaveRun = false, data, cause } = details
    super(message, { cause })
    Object.assign(this, { code, hint, retryable, mayHaveRun, data })
  }
}

/** Narrows any value to a {@link YektaYarError}, also one from another copy of this package. */
export function isYektaYarError(value: unknown): value is YektaYarError {
  return value instanceof Error && value.name === 'YektaYarError'
}
