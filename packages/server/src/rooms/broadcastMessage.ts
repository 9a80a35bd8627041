import type { RoomMessage, RoomPresence } from '@yektayar/protocol'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { eventFrame, writeAhead } from '../socketio/directFrames.js'
import { flowOf } from '../socketio/flow.js'
import type { Flow } from '../socketio/flow.js'
import { isBehind, missHead, missMembers } from './missedNews.js'
import { leaveOut } from './ownEchoes.js'
import type { OwnEchoes } from './ownEchoes.js'
import { roomChannel } from './roomChannel.js'
import type { RoomHead } from '../store/store.js'

/**
 * Sends messages of a room, in order, to its members on this node; other nodes do the same for
 * theirs. Each frame is encoded once and written directly to every WebSocket without backpressure,
 * in one chunk, since passing it through Engine.IO costs more than the write. Other connections get
 * the messages through Engine.IO. A slow consumer gets only the head of the log. What a connection gets
 * by the answer to its own command is left out for it.
 */
export function tellRoom(
  io: RealtimeServer,
  messages: readonly RoomMessage[],
  ownEchoes: OwnEchoes,
): void {
  const [first] = messages
  const last = messages.at(-1)
  if (!first || !last) return
  const { adapter, sockets } = io.sockets
  const ids = adapter.rooms.get(roomChannel(first.room))
  if (!ids) return
  const own = ownEchoes.endOf(messages)
  const chunks = new Chunks(messages.map((message) => eventFrame('room:message', message)))
  /** The connections to serve through Engine.IO, by the number of messages that they get. */
  const others = new Map<number, string[]>()
  for (const id of ids) {
    const connection = sockets.get(id)
    if (!connection) continue
    const { conn } = connection
    const isOwn = own?.connectionId === id
    const wanted = isOwn ? messages.length - own.echoes.length : messages.length
    const count = Math.min(chunks.countFor(flowOf(conn)), wanted)
    if (count < wanted) missHead(connection, last)
    else if (isOwn && !isBehind(connection)) leaveOut(own, messages)
    if (count === 0) continue
    const isWatched = connection.listenersAnyOutgoing().length > 0
    if (!isWatched && writeAhead(conn, chunks.first(count))) continue
    const same = others.get(count)
    if (same) same.push(id)
    else others.set(count, [id])
  }
  for (const [count, some] of others) {
    const channel = io.local.to(some)
    for (const message of messages.slice(0, count)) channel.emit('room:message', message)
  }
}

/** The epoch of a head after which members join again; no log has it. */
const REJOIN_EPOCH = 'unknown'

/**
 * Asks the members of a room on this node to join again with their positions, since its log may have
 * lost messages. Each learns from the answer whether it has some that are lost.
 */
export function askToRejoin(io: RealtimeServer, head: RoomHead): void {
  io.local.to(roomChannel(head.room)).emit('room:head', { heads: [rejoinHead(head)] })
}

/** A head after which a member joins again with its position. */
export function rejoinHead({ room, seq }: RoomHead): RoomHead {
  return { room, epoch: REJOIN_EPOCH, seq }
}

/**
 * Tells the members of a room on this node what has changed in its list. A slow consumer gets the
 * whole list once it has caught up.
 */
export function tellPresence(
  io: RealtimeServer,
  change: RoomPresence,
  wholeFor: (connection: Connection) => RoomPresence | undefined,
): void {
  const frame = eventFrame('room:presence', change)
  const others: string[] = []
  for (const connection of membersOf(io, change.room)) {
    if (isBehind(connection)) {
      missMembers(connection, change.room, () => wholeFor(connection))
      continue
    }
    const isWatched = connection.listenersAnyOutgoing().length > 0
    if (isWatched || !writeAhead(connection.conn, frame)) others.push(connection.id)
  }
  if (others.length > 0) io.local.to(others).emit('room:presence', change)
}

/** The slow consumers in a room, to which short-lived events are not sent. */
export function slowIn(io: RealtimeServer, room: string): string[] {
  return membersOf(io, room)
    .filter(isBehind)
    .map(({ id }) => id)
}

function membersOf(io: RealtimeServer, room: string): Connection[] {
  const { adapter, sockets } = io.sockets
  const members: Connection[] = []
  for (const id of adapter.rooms.get(roomChannel(room)) ?? []) {
    const connection = sockets.get(id)
    if (connection) members.push(connection)
  }
  return members
}

/** Consecutive frames. Each joined prefix is made once and reused. */
class Chunks {
  readonly #frames: readonly Buffer[]
  readonly #joined = new Map<number, Buffer>()

  constructor(frames: readonly Buffer[]) {
    this.#frames = frames
  }

  /** How many of the frames a connection has room for. */
  countFor(flow: Flow | undefined): number {
    const { length } = this.#frames
    if (!flow) return length
    let bytes = 0
    for (let index = 0; index < length; index++) {
      const size = this.#frames[index]?.length ?? 0
      if (!flow.hasRoomFor(bytes, size)) return index
      bytes += size
    }
    return length
  }

  /** The first frames as one chunk. */
  first(count: number): Buffer {
    const [only] = this.#frames
    if (count === 1 && only) return only
    const joined = this.#joined.get(count) ?? Buffer.concat(this.#frames.slice(0, count))
    this.#joined.set(count, joined)
    return joined
  }
}
