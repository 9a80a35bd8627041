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

const legalMoves: Readonly<Record<ConnectionStatus, readonly ConnectionStatus[]>> = {
  idle: ['connecting', 'offline'],
  connecting: ['connected', 'offline', 'stopped', 'idle'],
  connected: ['reconnecting', 'offline', 'stopped', 'idle'],
  reconnecting: ['connected', 'offline', 'stopped', 'idle'],
  offline: ['connecting', 'reconnecting', 'connected', 'stopped', 'idle'],
  stopped: ['connecting', 'offline', 'idle'],
}

/** Says whether a status may follow another; a status may always follow itself. */
export function isLegalMove(from: ConnectionStatus, to: ConnectionStatus): boolean {
  return from === to || legalMoves[from].includes(to)
}
