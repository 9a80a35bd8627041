import { timerMs } from '../shared/timerMs.js'
import type { Connection, RealtimeServer } from './connection.js'
import { limitPollingClose } from './engineInternals.js'

/**
 * Gives peers over polling no more time than others to learn that their connection is closed;
 * Engine.IO would keep it for another half a minute, in case that they poll again.
 */
export function hurryPolling(io: RealtimeServer, closeGraceMs: number): void {
  io.engine.on('connection', (conn: Connection['conn']) => {
    limitPollingClose(conn, timerMs(closeGraceMs))
  })
}
