import type { RoomHeads, RoomPresence } from '@yektayar/protocol'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { flowOf } from '../socketio/flow.js'
import { Slot } from '../socketio/slot.js'

type Head = RoomHeads['heads'][number]

/** What a slow consumer gets once it has caught up: of each room the latest head, and the members. */
interface Missed {
  readonly heads: Map<string, Head>
  readonly members: Map<string, () => RoomPresence | undefined>
}

const missedBy = new Slot<Missed>()

/** Decides when a server may send. */
export interface SendGate {
  isStale(): boolean
  /** Calls back once something may be sent. */
  onceFresh(work: () => void): void
}

const gates = new Slot<SendGate>()

/** Holds what slow consumers have missed while nothing may be sent. */
export function gateMissedNews(io: RealtimeServer, gate: SendGate): void {
  gates.set(io, gate)
}

/** Whether a connection is a slow consumer, to which dispensable events are not sent. */
export function isBehind({ conn }: Connection): boolean {
  const flow = flowOf(conn)
  return flow !== undefined && (flow.isHeld || !flow.isDrained)
}

/** Keeps the head of a room for a slow consumer; it is sent once the consumer has caught up. */
export function missHead(connection: Connection, { room, epoch, seq }: Head): void {
  missedOf(connection).heads.set(room, { room, epoch, seq })
}

/**
 * A slow consumer misses a change of a room's members. Once it has caught up, it is sent the list of
 * that moment.
 */
export function missMembers(
  connection: Connection,
  room: string,
  whole: () => RoomPresence | undefined,
): void {
  missedOf(connection).members.set(room, whole)
}

/** Sends the list of a room's members, to a slow consumer once it has caught up. */
export function tellMembers(
  connection: Connection,
  room: string,
  whole: () => RoomPresence | undefined,
): void {
  if (isBehind(connection)) {
    missMembers(connection, room, whole)
    return
  }
  const list = whole()
  if (list) connection.emit('room:presence', list)
}

function missedOf(connection: Connection): Missed {
  const known = missedBy.get(connection)
  if (known) return known
  const missed: Missed = { heads: new Map(), members: new Map() }
  missedBy.set(connection, missed)
  const flow = flowOf(connection.conn)
  if (flow) flow.isHeld = true
  flow?.whenDrained(() => {
    missedBy.set(connection, undefined)
    flow.isHeld = false
    const gate = gates.get(connection.nsp.server)
    const tellNow = (): void => {
      tell(connection, missed)
    }
    if (gate?.isStale()) gate.onceFresh(tellNow)
    else tellNow()
  })
  return missed
}

function tell(connection: Connection, { heads, members }: Missed): void {
  const { rooms } = connection.data
  if (!connection.connected || connection.data.isEnded || !rooms) return
  const own = [...heads.values()].filter(({ room }) => rooms.has(room))
  if (own.length > 0) connection.emit('room:head', { heads: own })
  // Of a hundred rooms they can be megabytes, of which it gets as much at a time as it reads.
  for (const [room, whole] of members) if (rooms.has(room)) tellMembers(connection, room, whole)
}
