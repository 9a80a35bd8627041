import { setImmediate as nextTurn } from 'node:timers/promises'
import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import type { RoomHead, RoomStore } from '../store/store.js'

/** What a feed needs. */
export interface FeedOptions {
  room: string
  store: RoomStore
  /** Of what is read at a time. */
  maxPageBytes: number
  /** Sends messages to those in the room. */
  send(this: void, messages: readonly RoomMessage[]): void
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

  /** This node has committed messages that follow each other. */
  append(messages: readonly RoomMessage[]): void {
    const [first] = messages
    const known = this.#seq ?? (first?.seq ?? 1) - 1
    const fresh = first && first.seq > known ? messages : messages.filter(({ seq }) => seq > known)
    if (fresh.length === 0) return
    if (fresh[0]?.seq === known + 1) this.#send(fresh)
    else this.#read()
  }

  /** The log is this long in the store. */
  look({ seq }: RoomHead): void {
    if (this.#seq !== undefined && this.#seq < seq) this.#read()
  }

  #send(messages: readonly RoomMessage[]): void {
    const last = messages.at(-1)
    if (!last) return
    this.#seq = last.seq
    this.#options.send(messages)
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
      const { messages, more } = await store.read(room, { after, ...bounds })
      const known = this.#seq ?? 0
      this.#send(messages.filter(({ seq }) => seq > known))
      if (more) this.#isStale = true
      if (more) await nextTurn() // others get their turn between two pages
    }
  }
}
