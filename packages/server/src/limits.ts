import { MAX_PAYLOAD_BYTES } from '@yektayar/protocol'

/** Every bound of the server, in one place. Each names its unit. */
export const limits = {
  /** Largest Socket.IO packet and HTTP body, in bytes; larger ones are refused before parsing. */
  maxPayloadBytes: MAX_PAYLOAD_BYTES,
  /** Deepest nesting of a command's input; deeper input answers `invalid_input`. */
  maxInputDepth: 32,
  /** Longest part of an unknown command's name that is sent back, in characters; the rest is cut. */
  maxEchoedNameLength: 64,
  /** How long a command may take, its checks included, before `handler_timeout`, in milliseconds. */
  handlerTimeoutMs: 30_000,
  /** How long a closing server waits for its peers before it cuts their sockets, in milliseconds. */
  closeGraceMs: 2_000,
  /** Least time between two writes of one session's `lastActivityAt`, in milliseconds. */
  activityResolutionMs: 60_000,
  /** Time between two sweeps of expired sessions, in milliseconds. */
  sweepIntervalMs: 10 * 60_000,
  /** Most expired sessions that one sweep removes; the rest waits for the next sweep. */
  sweepBatchSize: 10_000,
  /** How long SQLite waits for another process's lock before it reports a failure, in milliseconds. */
  databaseBusyTimeoutMs: 5_000,
} as const
