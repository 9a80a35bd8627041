import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { tellRoom } from './broadcastMessage.js'
import { checkLogs, createRoomLooks } from './checkLogs.js'
import { Feed } from './feed.js'
import type { OwnEchoes } from './ownEchoes.js'
import { roomChannel } from './roomChannel.js'
import type { RoomHead, RoomStore } from '../store/store.js'

/** Sends the messages of all rooms to their members on this node, in the order of the logs. */
export interface RoomFeeds {
  /** The rooms that have connections here. */
  rooms(): string[]
  /** Adds a connection, which gets all messages that are appended from now on. */
  open(connection: Connection, room: string): void
  close(connection: Connection, room: string): void
  /**
   * Sets where sending starts: a reader got the log up to this head.
   *
   * @param id of the message there, if it is known
   */
  place(head: RoomHead, id?: string): void
  /** Takes messages that this node has committed. */
  appended(this: void, messages: readonly RoomMessage[]): void
  /**
   * The logs may have lost messages. Nothing is sent until each was compared, and where one has, its
   * members are asked to join again.
   */
  doubt(this: void): void
  /**
   * A mark of how sure the log of a room is. If there is another one later, the log may have lost
   * messages since.
   */
  certainty(room: string): unknown
  /**
   * Reads what other nodes have committed. Returns the heads of the rooms.
   *
   * @param rooms to read. @default all open rooms
   */
  look(rooms?: ReadonlySet<string>): Promise<RoomHead[]>
}

/** Creates the feeds of a node. */
export function createFeeds(
  io: RealtimeServer,
  store: RoomStore,
  { maxPageBytes }: Limits,
  log: FastifyBaseLogger,
  ownEchoes: OwnEchoes,
  isStale: () => boolean,
  onTold: (messages: readonly RoomMessage[]) => void,
): RoomFeeds {
  const feeds = new Map<string, Feed>()
  /** How often logs were in doubt. */
  let doubts = 0
  const lookSoon = createRoomLooks(look, log)
  const send = (messages: readonly RoomMessage[]): void => {
    tellRoom(io, messages, ownEchoes)
    onTold(messages)
  }

  const common = {
    ...{ store, maxPageBytes, isStale, send: reported(send, log) },
    onDoubt: lookSoon,
    onFailure: (error: unknown) => {
      log.error({ err: error }, 'could not read new messages of a room')
    },
  }

  async function look(rooms?: ReadonlySet<string>): Promise<RoomHead[]> {
    await checkLogs(feeds.values(), { io, store, log })
    const open = rooms ? [...rooms].filter((room) => feeds.has(room)) : [...feeds.keys()]
    const heads = await store.heads(open)
    for (const head of heads) feeds.get(head.room)?.look(head)
    return heads
  }

  return {
    rooms: () => [...feeds.keys()],

    open(connection, room) {
      let feed = feeds.get(room)
      if (!feed) {
        feed = new Feed({ ...common, room })
        feeds.set(room, feed)
        store.follow?.(room, true)
      }
      feed.connections++
      void connection.join(roomChannel(room))
    },

    close(connection, room) {
      void connection.leave(roomChannel(room))
      const feed = feeds.get(room)
      if (!feed || --feed.connections > 0) return
      feeds.delete(room)
      store.follow?.(room, false)
    },

    place(head, id) {
      feeds.get(head.room)?.place(head, id)
    },

    doubt() {
      doubts++
      for (const feed of feeds.values()) feed.doubt()
    },

    certainty: (room) => (feeds.get(room)?.isDoubted ? -doubts : doubts),

    appended(messages) {
      const [only] = messages
      if (only && messages.length === 1) feeds.get(only.room)?.append(messages)
      else for (const [room, own] of byRoom(messages)) feeds.get(room)?.append(own)
    },

    look,
  }
}

/** The messages are committed: members that did not get them notice the gap and read them. */
function reported(
  send: (messages: readonly RoomMessage[]) => void,
  log: FastifyBaseLogger,
): (messages: readonly RoomMessage[]) => void {
  return (messages) => {
    try {
      send(messages)
    } catch (error) {
      log.error({ err: error }, 'could not send messages to their room')
    }
  }
}

/** The messages of each room, in their order. */
function byRoom(messages: readonly RoomMessage[]): ReadonlyMap<string, readonly RoomMessage[]> {
  const rooms = new Map<string, RoomMessage[]>()
  for (const message of messages) {
    const own = rooms.get(message.room)
    if (own) own.push(message)
    else rooms.set(message.room, [message])
  }
  return rooms
}
