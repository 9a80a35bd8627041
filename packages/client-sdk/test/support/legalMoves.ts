import type { ConnectionStatus } from '../../src/index.js'

/** The statuses that may follow each status. A status may always follow itself. */
export const legalMoves: Readonly<Record<ConnectionStatus, readonly ConnectionStatus[]>> = {
  idle: ['connecting', 'offline'],
  connecting: ['connected', 'offline', 'stopped', 'idle'],
  connected: ['reconnecting', 'offline', 'stopped', 'idle'],
  reconnecting: ['connected', 'offline', 'stopped', 'idle'],
  offline: ['connecting', 'reconnecting', 'connected', 'stopped', 'idle'],
  stopped: ['connecting', 'offline', 'idle'],
}
