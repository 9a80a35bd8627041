import type { RoomMessage, RoomPresence } from '@yektayar/protocol'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { eventFrame, writeAhead } from '../socketio/directFrames.js'
import { flowOf } from '../socketio/flow.js'
import type { Flow } from '../socketio/flow.js'
import { isBehind, missHead, missPresence } from './missedNews.js'
import { roomChannel } from './roomChannel.js'

/**
 * Sends messages of a room, in order, to those who are in it on this node; other nodes tell their
 * own. Their frames are made once, and written straight to each WebSocket that waits for nothing, in
 * one chunk: to hand them to Engine.IO costs more than to write them. The others get them as they get
 * every other event, and a slow consumer only hears how long the log is.
 */
export function tellRoom(io: RealtimeServer, messages: readonly RoomMessage[]): void {
  const [first] = messages
  const last = messages.at(-1)
  if (!first || !last) return
  const { adapter, sockets } = io.sockets
  const ids = adapter.rooms.get(roomChannel(first.room))
  if (!ids) return
  const chunks = new Chunks(messages.map((message) => eventFrame('room:message', message)))
  /** Those who get them by way of Engine.IO, by how many they get. */
  const others = new Map<number, string[]>()
  for (const id of ids) {
    const connection = sockets.get(id)
    if (!connection) continue
    const { conn } = connection
    const count = chunks.countFor(flowOf(conn))
    if (count < messages.length) missHead(connection, last)
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

/** Tells those in a room on this node who came or left. */
export function tellPresence(io: RealtimeServer, change: RoomPresence): void {
  const slow = membersOf(io, change.room).filter(isBehind)
  for (const connection of slow) missPresence(connection, change)
  io.local
    .to(roomChannel(change.room))
    .except(slow.map(({ id }) => id))
    .emit('room:presence', change)
}

/** The connections in a room that have much to read, and do without what is soon out of date. */
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

/** Frames that follow each other, joined as often as somebody gets so many of them. */
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
