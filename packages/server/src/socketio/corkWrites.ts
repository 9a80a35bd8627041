import type { Duplex } from 'node:stream'
import type { Connection } from './connection.js'
import { isWritable, markBusy, markFree } from './engineInternals.js'
import { corkedWrites, works } from './privateFeatures.js'
import { Slot } from './slot.js'

type Conn = Connection['conn']

/** Whether a transport may be held; found out when it would be for the first time. */
const holdable = new Slot<boolean>()

/**
 * Holds what goes out over WebSocket until this turn's work is done, so that all of it leaves in
 * one write. Worth it only where there is more than one packet: a write costs more than the rest.
 *
 * @param sender whose packets have all begun at the turn's end
 */
export function holdForTurn({ conn }: Connection, sender?: { waiting: number }): void {
  const { transport } = conn
  if (transport.name !== 'websocket' || !isWritable(conn) || !isHoldable(conn)) return
  markBusy(transport) // what is sent from now on waits in Engine.IO
  atEndOfTurn(() => {
    if (sender) sender.waiting = 0
    markFree(transport)
  })
}

/** The same for a TCP socket that is about to become a WebSocket. */
export function holdTcpForTurn(tcp: Duplex): void {
  tcp.cork()
  atEndOfTurn(() => {
    tcp.uncork()
  })
}

function isHoldable(conn: Conn): boolean {
  const known = holdable.get(conn.transport)
  if (known !== undefined) return known
  const isSafe = works(corkedWrites, conn)
  holdable.set(conn.transport, isSafe)
  return isSafe
}

/** Commands begin in ticks, and those that take promises go on in the microtasks after these. */
function atEndOfTurn(work: () => void): void {
  queueMicrotask(() => {
    process.nextTick(work)
  })
}
