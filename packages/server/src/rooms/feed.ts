import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RoomMessage } from '@yektayar/protocol'
import type { ComparedLog, RoomHead, RoomPlace, RoomStore } from '../store/store.js'

/** The maximum number of messages of one read: each is sent to all members in the same turn. */
const FEED_PAGE = 200

/** What a comparison with the log shows: `unknown` where an id to compare is missing. */
export type Comparison = 'same' | 'lost' | 'unknown'

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
  /** Called when there is something to send, but it is in doubt whether it continues the log. */
  onDoubt(this: void, room: string): void
  onFailure(this: void, error: unknown): void
}

/** Sends the messages of one room to its members on this node, each once and in order. */
export class Feed {
  /** How many connections are in the room. */
  connections = 0
  readonly #deps: FeedDeps
  /** The last sequence number that was sent; `undefined` until the first reader got the head. */
  #seq: number | undefined
  /** The id of that message; `undefined` if it is not known. */
  #id: string | undefined
  /** The highest sequence number that a reader got, who may be ahead of the others. */
  #readSeq = 0
  /** Incremented when the log may have lost messages. Nothing is sent until it was compared. */
  #doubts = 0
  #isDoubted = false
  #isReading = false
  #isReadingId = false
  /** Whether more messages may have been appended since the current read began. */
  #isStale = false

  constructor(deps: FeedDeps) {
    this.#deps = deps
  }

  /**
   * Sets where sending starts: a reader got the log up to this head.
   *
   * @param id of the message there, if it is known
   */
  place({ seq }: RoomHead, id: string | undefined): void {
    this.#seq ??= seq
    this.#readSeq = Math.max(this.#readSeq, seq)
    if (this.#seq === seq) this.#id ??= id
    if (this.#id === undefined && this.#seq > 0) this.#readId(this.#seq)
  }

  /** Whether the log may have lost messages, and was not compared yet. */
  get isDoubted(): boolean {
    return this.#isDoubted
  }

  /** The log may have lost messages, even those that were sent: it has to be compared first. */
  doubt(): void {
    this.#doubts++
    this.#isDoubted = true
  }

  /** What has to be compared; `undefined` for nothing. */
  get doubted(): (RoomPlace & { readonly doubts: number }) | undefined {
    if (!this.#isDoubted || this.#seq === undefined) return undefined
    return { room: this.#deps.room, seq: this.#seq, doubts: this.#doubts }
  }

  /**
   * Takes the comparison with the log. Unless it shows that the log is the same, sending starts at its
   * end, and members have to join again.
   *
   * @param doubts of which the comparison was the answer
   * @returns `undefined` where another comparison counts
   */
  compared(found: ComparedLog, doubts: number): Comparison | undefined {
    if (!this.#isDoubted || doubts !== this.#doubts) return undefined
    this.#isDoubted = false
    const comparison = this.#compare(found)
    if (comparison === 'same') {
      this.look(found.head)
    } else {
      this.#seq = found.head.seq
      this.#id = undefined
      this.#readSeq = 0
    }
    return comparison
  }

  #compare({ head, idAtPlace }: ComparedLog): Comparison {
    const seq = this.#seq ?? 0
    if (head.seq < seq) return 'lost'
    if (seq < this.#readSeq) return 'unknown' // the id of what the reader got is not known
    if (seq === 0) return 'same'
    // The newest message may be so old that it is not kept.
    if (idAtPlace === undefined) return head.seq === seq ? 'same' : 'unknown'
    if (this.#id === undefined) return 'unknown'
    return idAtPlace === this.#id ? 'same' : 'lost'
  }

  /** Takes consecutive messages that this node has committed. */
  append(messages: readonly RoomMessage[]): void {
    if (this.#isDoubted) {
      this.#deps.onDoubt(this.#deps.room)
      return
    }
    const [first] = messages
    const known = this.#seq ?? (first?.seq ?? 1) - 1
    const fresh = first && first.seq > known ? messages : messages.filter(({ seq }) => seq > known)
    if (fresh.length === 0) return
    if (fresh[0]?.seq === known + 1) this.#send(fresh)
    else this.#read()
  }

  /** Compares with the head in the store, and reads what is missing. */
  look({ seq }: RoomHead): void {
    if (!this.#isDoubted && this.#seq !== undefined && this.#seq < seq) this.#read()
  }

  #send(messages: readonly RoomMessage[]): void {
    const last = messages.at(-1)
    if (!last || this.#deps.isStale()) return
    this.#seq = last.seq
    this.#id = last.id
    this.#deps.send(messages)
  }

  /** Reads the id of the last message that was sent, which a later comparison takes. */
  #readId(seq: number): void {
    const { store, room } = this.#deps
    const doubts = this.#doubts
    if (this.#isDoubted || this.#isReadingId) return
    this.#isReadingId = true
    store
      .compare([{ room, seq }])
      .then(([found]) => {
        if (doubts === this.#doubts && this.#seq === seq) this.#id ??= found?.idAtPlace
      })
      .catch(() => undefined) // then members join again after a doubt, unless a message was sent
      .finally(() => {
        this.#isReadingId = false
      })
  }

  #read(): void {
    this.#isStale = true
    if (!this.#isReading) this.#readAll().catch(this.#deps.onFailure)
  }

  /** Reads until the end of the log, including messages that this node appends during the reads. */
  async #readAll(): Promise<void> {
    this.#isReading = true
    try {
      while (this.#isStale && !this.#isDoubted && this.connections > 0) {
        this.#isStale = false
        if (await this.#readOn()) this.#isStale = true
      }
    } finally {
      this.#isReading = false // in the same turn as the last look, so that no message is missed
    }
  }

  /** Reads and sends a page. Returns whether to read on. */
  async #readOn(): Promise<boolean> {
    const { store, room, maxPageBytes } = this.#deps
    const doubts = this.#doubts
    const after = this.#seq ?? 0 // place() comes before any read
    const bounds = { limit: FEED_PAGE, maxBytes: maxPageBytes }
    const { messages, more } = await store.read(room, { after, ...bounds })
    if (this.#deps.isStale()) return false
    if (doubts !== this.#doubts) return true // the page may be that of a log that has lost messages
    const known = this.#seq ?? 0
    this.#send(messages.filter(({ seq }) => seq > known))
    if (more) await nextTurn() // let other work run between two pages
    return more
  }
}
