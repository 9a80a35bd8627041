import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import type { Database } from '../store/openDatabase.js'
import { selectHeads, selectMessages } from './roomQueries.js'
import type { RoomHead } from './roomQueries.js'

/** Of a room that has no log yet. */
const NO_EPOCH = ''

/** What a feed needs. */
export interface FeedOptions {
  room: string
  database: Database
  /** Sends a message to those in the room. */
  send(this: void, message: RoomMessage): void
  onFailure(this: void, error: unknown): void
}

/** One room as this node tells it: each message once and in order, whoever has appended it. */
export class Feed {
  /** How many connections are in the room. */
  connections = 0
  readonly #options: FeedOptions
  #position: { epoch: string; seq: number } | undefined
  #isReading = false
  /** Whether there may be more than what is being read. */
  #isStale = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** A reader was told the log up to here; without a head, the room has no log yet. */
  place(head: RoomHead | undefined): void {
    this.#position ??= { epoch: head?.epoch ?? NO_EPOCH, seq: head?.seq ?? 0 }
  }

  /** This node has committed a message. */
  append(message: RoomMessage): void {
    const { epoch, seq } = this.#position ?? { epoch: message.epoch, seq: message.seq - 1 }
    if (epoch === message.epoch && seq + 1 === message.seq) this.#send(message)
    else if (epoch !== message.epoch || seq < message.seq) this.#read()
  }

  /** The log is this long in the store. */
  look({ epoch, seq }: RoomHead): void {
    if (!this.#position) return // whoever opened it is about to place it
    if (this.#position.epoch !== epoch || this.#position.seq < seq) this.#read()
  }

  #send(message: RoomMessage): void {
    this.#position = { epoch: message.epoch, seq: message.seq }
    this.#options.send(message)
  }

  #read(): void {
    this.#isStale = true
    if (this.#isReading) return
    this.#isReading = true
    this.#readOn()
      .catch(this.#options.onFailure)
      .finally(() => {
        this.#isReading = false
      })
  }

  /** Reads until there is nothing more; what this node appends meanwhile takes its place as well. */
  async #readOn(): Promise<void> {
    const { database, room } = this.#options
    while (this.#isStale && this.connections > 0) {
      this.#isStale = false
      const [head] = await selectHeads(database, [room])
      if (!head) return
      if (this.#position?.epoch !== head.epoch) this.#position = { epoch: head.epoch, seq: 0 }
      const after = this.#position.seq
      const messages = await selectMessages(database, head, { after, limit: MAX_HISTORY_PAGE })
      for (const message of messages) {
        if (message.seq > this.#position.seq) this.#send(message)
      }
      if (messages.length === MAX_HISTORY_PAGE) this.#isStale = true
    }
  }
}
