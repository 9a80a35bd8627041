import type { Duplex } from 'node:stream'
import type { Connection } from './connection.js'

/**
 * Holds what goes out over WebSocket until this turn's work is done, so that all of it leaves in
 * one write. Worth it only where there is more than one packet: a write costs more than the rest.
 *
 * @param sender whose packets have all begun at the turn's end
 */
export function holdForTurn({ conn }: Connection, sender?: { waiting: number }): void {
  const { transport } = conn
  if (transport.name !== 'websocket' || !transport.writable) return
  transport.writable = false // what is sent from now on waits in Engine.IO
  atEndOfTurn(() => {
    if (sender) sender.waiting = 0
    transport.writable = true
    transport.emit('ready') // Engine.IO sends what waits
  })
}

/** The same for a TCP socket that is about to become a WebSocket. */
export function holdTcpForTurn(tcp: Duplex): void {
  tcp.cork()
  atEndOfTurn(() => {
    tcp.uncork()
  })
}

/** Commands begin in ticks, and those that take promises go on in the microtasks after these. */
function atEndOfTurn(work: () => void): void {
  queueMicrotask(() => {
    process.nextTick(work)
  })
}
