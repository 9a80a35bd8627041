/** Why a call of the server's API cannot work. */
export type UsageErrorCode =
  | 'not_registered'
  | 'reserved_table'
  | 'unknown_event'
  | 'invalid_target'
  | 'invalid_payload'
  | 'payload_too_large'

/**
 * A call of the server's API that cannot work as it is written. It never reaches a client: a handler that
 * throws it answers `internal_error`, and the log has the message.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: UsageErrorCode

  constructor(code: UsageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
