import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import { readMessages } from './readMessages.js'
import type { RoomHead, RoomStore } from './roomQueries.js'

/** What a feed needs. */
export interface FeedOptions {
  room: string
  store: RoomStore
  /** Of what is read at a time. */
  maxPageBytes: number
  /** Sends a message to those in the room. */
  send(this: void, message: RoomMessage): void
  onFailure(this: void, error: unknown): void
}

/** One room as this node tells it: each message once and in order, whoever has appended it. */
export class Feed {
  /** How many connections are in the room. */
  connections = 0
  readonly #options: FeedOptions
  /** The newest message that was told; unknown until a reader was told where the log ends. */
  #seq: number | undefined
  #isReading = false
  /** Whether there may be more than what is being read. */
  #isStale = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** A reader was told the log up to here. */
  place({ seq }: RoomHead): void {
    this.#seq ??= seq
  }

  /** This node has committed a message. */
  append(message: RoomMessage): void {
    const known = this.#seq ?? message.seq - 1
    if (message.seq === known + 1) this.#send(message)
    else if (message.seq > known) this.#read()
  }

  /** The log is this long in the store. */
  look({ seq }: RoomHead): void {
    if (this.#seq !== undefined && this.#seq < seq) this.#read()
  }

  #send(message: RoomMessage): void {
    this.#seq = message.seq
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
    const { store, room, maxPageBytes } = this.#options
    while (this.#isStale && this.connections > 0) {
      this.#isStale = false
      const after = this.#seq ?? 0 // it is never read before it was placed
      const bounds = { limit: MAX_HISTORY_PAGE, maxBytes: maxPageBytes }
      const { messages, more } = await readMessages(store, room, { after, ...bounds })
      for (const message of messages) {
        if (message.seq > (this.#seq ?? 0)) this.#send(message)
      }
      if (more) this.#isStale = true
    }
  }
}
