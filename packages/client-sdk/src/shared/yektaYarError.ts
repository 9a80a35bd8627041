import { docsOf, isRetryable } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'

/** What a {@link YektaYarError} contains besides its code and message. */
export interface YektaYarErrorDetails {
  readonly hint?: string | undefined
  readonly retryable?: boolean
  readonly mayHaveRun?: boolean
  readonly data?: unknown
  readonly cause?: unknown
}

/** The error class of this package. Branch on `code`; before a retry, check `mayHaveRun`. */
export class YektaYarError extends Error {
  override readonly name = 'YektaYarError'

  declare readonly code: ErrorCode

  /** What to do next, if something can be done. */
  declare readonly hint: string | undefined

  /** The address of the docs of the code: what happened, why, and what to do. */
  declare readonly docs: string

  /** Whether the same request may succeed later. */
  declare readonly retryable: boolean

  /** Whether the command may have run; then only an idempotent one is safe to repeat. */
  declare readonly mayHaveRun: boolean

  /** Details that depend on the code; for `invalid_input`, `{ issues: [{ path, message }] }`. */
  declare readonly data: unknown

  /** Under which the server's log knows the command; absent for one that was not sent. */
  declare requestId?: string | undefined

  constructor(code: ErrorCode, message: string, details: YektaYarErrorDetails = {}) {
    const { hint, retryable = isRetryable(code), mayHaveRun = false, data, cause } = details
    super(message, { cause })
    Object.assign(this, { code, hint, docs: docsOf(code), retryable, mayHaveRun, data })
  }
}

/** Whether a value is a {@link YektaYarError}, also one from another copy of this package. */
export function isYektaYarError(value: unknown): value is YektaYarError {
  return value instanceof Error && value.name === 'YektaYarError'
}
