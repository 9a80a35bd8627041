import type { Connection, RealtimeServer } from './connection.js'
import { timerMs } from '../shared/timerMs.js'

/**
 * Gives peers over polling no more time than others to learn that their connection is closed;
 * Engine.IO would keep it for another half a minute, in case that they poll again.
 */
export function hurryPolling(io: RealtimeServer, closeGraceMs: number): void {
  io.engine.on('connection', ({ transport }: Connection['conn']) => {
    const polling = transport as { closeTimeout?: number } // which Engine.IO's types leave out
    if (polling.closeTimeout !== undefined) polling.closeTimeout = timerMs(closeGraceMs)
  })
}
