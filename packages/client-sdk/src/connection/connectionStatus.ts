/** The status of a connection. */
export type ConnectionStatus =
  /** Before `connect()` and after `disconnect()`: nothing runs. */
  | 'idle'
  /** The first connection after `connect()` is being made. */
  | 'connecting'
  /** Admitted by the server. */
  | 'connected'
  /** The connection was lost; a new one is being made. */
  | 'reconnecting'
  /** Not connected, and the browser reports that there is no network. */
  | 'offline'
  /** Ended for good, by the server or because there is no token; only `connect()` starts again. */
  | 'stopped'

/** All of them. */
export const statuses: readonly ConnectionStatus[] = [
  'idle',
  'connecting',
  'connected',
  'reconnecting',
  'offline',
  'stopped',
]
