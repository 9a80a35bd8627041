import type { Duplex } from 'node:stream'
import type { Connection } from './connection.js'
import { isWritable, markBusy, markFree } from './engineInternals.js'
import { corkedWrites, works } from './privateFeatures.js'
import { Slot } from './slot.js'

type Conn = Connection['conn']

/** Whether a transport can be corked; checked at the first use. */
const holdable = new Slot<boolean>()

/**
 * Corks a WebSocket until the end of this turn, so that all packets leave in one write. Writes are
 * expensive, but this pays off only for more than one packet.
 *
 * @param sender whose count of waiting packets is reset at the end of the turn
 */
export function holdForTurn({ conn }: Connection, sender?: { waiting: number }): void {
  const { transport } = conn
  if (transport.name !== 'websocket' || !isWritable(conn) || !isHoldable(conn)) return
  markBusy(transport) // from now on, packets wait in Engine.IO
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

/** Commands start in ticks and continue in the microtasks after them; this runs after both. */
function atEndOfTurn(work: () => void): void {
  queueMicrotask(() => {
    process.nextTick(work)
  })
}
