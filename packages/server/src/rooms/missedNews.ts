import type { RoomHeads, RoomPresence } from '@yektayar/protocol'
import type { Connection } from '../socketio/connection.js'
import { flowOf } from '../socketio/flow.js'
import { Slot } from '../socketio/slot.js'

/** How many presence changes are kept for one connection; more are dropped. */
const MAX_CHANGES = 500

type Head = RoomHeads['heads'][number]

/** What a slow consumer gets once it has caught up: the latest head and change of each key. */
interface Missed {
  readonly heads: Map<string, Head>
  readonly changes: Map<string, RoomPresence>
}

const missedBy = new Slot<Missed>()

/** Whether a connection is a slow consumer, to which dispensable events are not sent. */
export function isBehind({ conn }: Connection): boolean {
  const flow = flowOf(conn)
  return flow !== undefined && (flow.isHeld || !flow.isDrained)
}

/** Keeps the head of a room for a slow consumer; it is sent once the consumer has caught up. */
export function missHead(connection: Connection, { room, epoch, seq }: Head): void {
  missedOf(connection).heads.set(room, { room, epoch, seq })
}

/** Keeps a presence change for a slow consumer; it is sent once the consumer has caught up. */
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
