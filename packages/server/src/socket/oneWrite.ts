import type { Caller } from './caller.js'
import { tcpOf } from './transport.js'

/**
 * Holds what goes out over WebSocket until this turn's work is done, so that all of it leaves in
 * one write. Worth it only where there is more than one packet: a write costs more than the rest.
 */
export function holdForTurn(caller: Caller): void {
  const { conn } = caller.connection
  const { transport } = conn
  if (transport.name !== 'websocket' || !transport.writable) return
  transport.writable = false // what is sent from now on waits in Engine.IO

  const release = (): void => {
    caller.waiting = 0 // what was read has begun by now
    const tcp = tcpOf(conn)
    transport.writable = true
    tcp?.cork()
    transport.emit('ready') // Engine.IO sends what waits
    tcp?.uncork()
  }
  // Commands begin in ticks, and those that take promises go on in the microtasks after these.
  queueMicrotask(() => {
    process.nextTick(release)
  })
}
