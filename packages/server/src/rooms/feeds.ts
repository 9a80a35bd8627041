import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Connection, RealtimeServer } from '../socket/connection.js'
import type { Database } from '../store/openDatabase.js'
import { selectHeads, selectMessages } from './roomQueries.js'
import type { RoomHead } from './roomQueries.js'

/** Of a room that has no log yet. */
const NO_EPOCH = ''

/** A room that has connections on this node, and how far they were told. */
interface Feed {
  readonly room: string
  connections: number
  position: { epoch: string; seq: number } | undefined
  isReading: boolean
  /** Whether there may be more than what is being read. */
  isStale: boolean
}

/** Sends what is appended to rooms to the connections that are in them, in the order of the log. */
export interface RoomFeeds {
  /** The rooms that have connections here. */
  rooms(): string[]
  /** From now on the connection gets what is appended. */
  open(connection: Connection, room: string): void
  close(connection: Connection, room: string): void
  /** A reader was told the log up to here; without a head, the room has no log yet. */
  place(room: string, head: RoomHead | undefined): void
  /** Messages were committed by this node. */
  appended(this: void, messages: readonly RoomMessage[]): void
  /** Looks for what other nodes have committed; returns the ends of all open rooms. */
  look(): Promise<RoomHead[]>
}

/** Socket.IO's room of those who are in a room of ours. */
export function roomChannel(room: string): string {
  return `room:${room}`
}

/** Creates the feeds of a node. */
export function createFeeds(
  io: RealtimeServer,
  database: Database,
  log: FastifyBaseLogger,
): RoomFeeds {
  const feeds = new Map<string, Feed>()

  function send(feed: Feed, message: RoomMessage): void {
    feed.position = { epoch: message.epoch, seq: message.seq }
    io.to(roomChannel(feed.room)).emit('room:message', message)
  }

  function append(message: RoomMessage): void {
    const feed = feeds.get(message.room)
    if (!feed) return
    const { epoch, seq } = feed.position ?? { epoch: message.epoch, seq: message.seq - 1 }
    if (epoch === message.epoch && seq + 1 === message.seq) send(feed, message)
    else if (epoch !== message.epoch || seq < message.seq) read(feed)
  }

  function read(feed: Feed): void {
    feed.isStale = true
    if (feed.isReading) return
    feed.isReading = true
    readOn(feed)
      .catch((error: unknown) => {
        log.error({ err: error }, 'a room could not be read')
      })
      .finally(() => {
        feed.isReading = false
      })
  }

  /** Reads until there is nothing more; what this node appends meanwhile takes its place as well. */
  async function readOn(feed: Feed): Promise<void> {
    while (feed.isStale && feeds.get(feed.room) === feed) {
      feed.isStale = false
      const [head] = await selectHeads(database, [feed.room])
      if (!head) return
      if (feed.position?.epoch !== head.epoch) feed.position = { epoch: head.epoch, seq: 0 }
      const { seq } = feed.position
      const page = { after: seq, limit: MAX_HISTORY_PAGE }
      const messages = await selectMessages(database, head, page)
      for (const message of messages) {
        if (message.seq > feed.position.seq) send(feed, message)
      }
      if (messages.length === MAX_HISTORY_PAGE) feed.isStale = true
    }
  }

  return {
    rooms: () => [...feeds.keys()],

    open(connection, room) {
      const feed = feeds.get(room) ?? newFeed(room)
      feeds.set(room, feed)
      feed.connections++
      void connection.join(roomChannel(room))
    },

    close(connection, room) {
      void connection.leave(roomChannel(room))
      const feed = feeds.get(room)
      if (feed && --feed.connections === 0) feeds.delete(room)
    },

    place(room, head) {
      const feed = feeds.get(room)
      if (feed) feed.position ??= { epoch: head?.epoch ?? NO_EPOCH, seq: head?.seq ?? 0 }
    },

    appended(messages) {
      for (const message of messages) append(message)
    },

    async look() {
      const heads = await selectHeads(database, [...feeds.keys()])
      for (const head of heads) {
        const feed = feeds.get(head.room)
        if (!feed?.position) continue // whoever opened it is about to place it
        const { epoch, seq } = feed.position
        if (epoch !== head.epoch || seq < head.seq) read(feed)
      }
      return heads
    },
  }
}

function newFeed(room: string): Feed {
  return { room, connections: 0, position: undefined, isReading: false, isStale: false }
}
