import type { RoomHeads, RoomPresence } from '@yektayar/protocol'
import type { Connection } from '../socketio/connection.js'
import { flowOf } from '../socketio/flow.js'
import { Slot } from '../socketio/slot.js'

/** Changes of presence that are kept for one connection; more are dropped. */
const MAX_CHANGES = 500

type Head = RoomHeads['heads'][number]

/** What a slow consumer was not sent, and will be: the newest of each kind. */
interface Missed {
  readonly heads: Map<string, Head>
  readonly changes: Map<string, RoomPresence>
}

const missedBy = new Slot<Missed>()

/** Whether a connection has much to read, so that it is not sent what it can do without. */
export function isBehind({ conn }: Connection): boolean {
  const flow = flowOf(conn)
  return flow !== undefined && (flow.isHeld || !flow.isDrained)
}

/** A slow consumer hears how long the log of a room is, once it has read what it was sent. */
export function missHead(connection: Connection, { room, epoch, seq }: Head): void {
  missedOf(connection).heads.set(room, { room, epoch, seq })
}

/** A slow consumer hears whether a member is there, once it has read what it was sent. */
export function missPresence(connection: Connection, change: RoomPresence): void {
  const { changes } = missedOf(connection)
  const key = JSON.stringify([change.room, change.member])
  if (changes.has(key) || changes.size < MAX_CHANGES) changes.set(key, change)
}

function missedOf(connection: Connection): Missed {
  const known = missedBy.get(connection)
  if (known) return known
  const missed = { heads: new Map<string, Head>(), changes: new Map<string, RoomPresence>() }
  missedBy.set(connection, missed)
  const flow = flowOf(connection.conn)
  if (flow) flow.isHeld = true
  flow?.whenDrained(() => {
    missedBy.set(connection, undefined)
    flow.isHeld = false
    tell(connection, missed)
  })
  return missed
}

function tell(connection: Connection, { heads, changes }: Missed): void {
  const { rooms } = connection.data
  if (!connection.connected || !rooms) return
  const own = [...heads.values()].filter(({ room }) => rooms.has(room))
  if (own.length > 0) connection.emit('room:head', { heads: own })
  for (const change of changes.values()) {
    if (rooms.has(change.room)) connection.emit('room:presence', change)
  }
}
