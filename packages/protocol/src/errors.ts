/** Codes that a server sends at the handshake, over REST or in the answer to a command. */
export const serverErrorCodes = [
  'answer_expired',
  'conflict',
  'forbidden',
  'handler_timeout',
  'internal_error',
  'invalid_input',
  'not_found',
  'origin_forbidden',
  'outbox_forked',
  'payload_too_large',
  'rate_limited',
  'room_forbidden',
  'server_draining',
  'session_replaced',
  'store_full',
  'store_unavailable',
  'token_invalid',
  'token_required',
  'too_many_rooms',
  'unauthorized',
  'unknown_command',
  'unknown_room',
  'upgrade_required',
] as const

/** Codes that the client itself creates. */
export const clientErrorCodes = [
  'aborted',
  'buffer_overflow',
  'callback_failed',
  'connection_lost',
  'disconnected_by_server',
  'invalid_answer',
  'invalid_input',
  'invalid_options',
  'network_error',
  'not_connected',
  'outbox_expired',
  'outbox_full',
  'session_ended',
  'session_replaced',
  'timeout',
  'unknown_room',
] as const

/** One of the codes that a server sends. */
export type ServerErrorCode = (typeof serverErrorCodes)[number]

/** One of the codes that the client itself creates. */
export type ClientErrorCode = (typeof clientErrorCodes)[number]

/** All codes. The list is closed, so a `switch` over it can be exhaustive. */
export type ErrorCode = ServerErrorCode | ClientErrorCode

/**
 * Codes after which the same request may succeed later. The others need another input, another
 * session or a repaired server first.
 */
const retryableCodes: readonly ErrorCode[] = [
  'callback_failed',
  'connection_lost',
  'handler_timeout',
  'network_error',
  'not_connected',
  'rate_limited',
  'server_draining',
  'session_replaced',
  'store_full',
  'store_unavailable',
  'timeout',
]

/** Whether the same request may succeed later. */
export function isRetryable(code: ErrorCode): boolean {
  return retryableCodes.includes(code)
}

/** Whether a value, such as a code from the wire, is a code that servers send. */
export function isServerErrorCode(value: unknown): value is ServerErrorCode {
  return (serverErrorCodes as readonly unknown[]).includes(value)
}
