import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RoomMessage } from '@yektayar/protocol'
import type { RoomHead, RoomStore } from '../store/store.js'

/** The maximum number of messages of one read: each is sent to all members in the same turn. */
const FEED_PAGE = 200

/** What a feed needs. */
export interface FeedDeps {
  room: string
  store: RoomStore
  /** The maximum size of one read. */
  maxPageBytes: number
  /** Sends messages to the members of the room. */
  send(this: void, messages: readonly RoomMessage[]): void
  /** Whether nothing may be sent now. Later, `look()` finds what was left out. */
  isStale(this: void): boolean
  onFailure(this: void, error: unknown): void
}

/** Sends the messages of one room to its members on this node, each once and in order. */
export class Feed {
  /** How many connections are in the room. */
  connections = 0
  readonly #deps: FeedDeps
  /** The last sequence number that was sent; `undefined` until the first reader got the head. */
  #seq: number | undefined
  #isReading = false
  /** Whether more messages may have been appended since the current read began. */
  #isStale = false

  constructor(deps: FeedDeps) {
    this.#deps = deps
  }

  /** Sets where sending starts: a reader got the log up to this head. */
  place({ seq }: RoomHead): void {
    this.#seq ??= seq
  }

  /** Takes consecutive messages that this node has committed. */
  append(messages: readonly RoomMessage[]): void {
    const [first] = messages
    const known = this.#seq ?? (first?.seq ?? 1) - 1
    const fresh = first && first.seq > known ? messages : messages.filter(({ seq }) => seq > known)
    if (fresh.length === 0) return
    if (fresh[0]?.seq === known + 1) this.#send(fresh)
    else this.#read()
  }

  /** Compares with the head in the store, and reads what is missing. */
  look({ seq }: RoomHead): void {
    if (this.#seq !== undefined && this.#seq < seq) this.#read()
  }

  #send(messages: readonly RoomMessage[]): void {
    const last = messages.at(-1)
    if (!last || this.#deps.isStale()) return
    this.#seq = last.seq
    this.#deps.send(messages)
  }

  #read(): void {
    this.#isStale = true
    if (this.#isReading) return
    this.#isReading = true
    this.#readOn()
      .catch(this.#deps.onFailure)
      .finally(() => {
        this.#isReading = false
      })
  }

  /** Reads until the end of the log, including messages that this node appends during the reads. */
  async #readOn(): Promise<void> {
    const { store, room, maxPageBytes } = this.#deps
    while (this.#isStale && this.connections > 0) {
      this.#isStale = false
      const after = this.#seq ?? 0 // place() comes before any read
      const bounds = { limit: FEED_PAGE, maxBytes: maxPageBytes }
      const { messages, more } = await store.read(room, { after, ...bounds })
      if (this.#deps.isStale()) return
      const known = this.#seq ?? 0
      this.#send(messages.filter(({ seq }) => seq > known))
      if (more) this.#isStale = true
      if (more) await nextTurn() // let other work run between two pages
    }
  }
}
