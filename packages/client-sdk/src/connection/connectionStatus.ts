/** Where the connection stands. */
export type ConnectionStatus =
  /** Before `connect()` and after `disconnect()`: nothing runs. */
  | 'idle'
  /** The first connection of a `connect()` is under way. */
  | 'connecting'
  /** Admitted by the server. */
  | 'connected'
  /** A connection was lost; a new one is under way. */
  | 'reconnecting'
  /** Not connected, and the browser says that there is no network. */
  | 'offline'
  /** Ended for good, by the server or for want of a token; only `connect()` leaves it. */
  | 'stopped'
