import { timerMs } from '../shared/timerMs.js'
import type { Connection, RealtimeServer } from './connection.js'
import { limitPollingClose } from './engineInternals.js'

/**
 * Limits how long a closed polling connection waits for the next poll, which tells the peer about
 * the close. Engine.IO's own limit is 30 s.
 */
export function hurryPolling(io: RealtimeServer, closeGraceMs: number): void {
  io.engine.on('connection', (conn: Connection['conn']) => {
    limitPollingClose(conn, timerMs(closeGraceMs))
  })
}
