import type { RoomMessage } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import { OUTBOX_KEPT_FAILURES } from '../shared/limits.js'
import { startLongTimer } from '../shared/longTimer.js'
import { hasContentOf, isSettled, messageIdOf } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/** How much an outbox takes, and for how long. */
interface Bounds {
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** The unfinished and the failed items of a client, within their bounds. */
export class OutboxEntries {
  readonly #bounds: Bounds
  readonly #onExpired: (items: readonly OutboxEntry[]) => void
  #items = new Map<string, OutboxEntry>()
  /** The numbered ones by the id of the message that they are in a room. */
  readonly #byMessage = new Map<string, OutboxEntry>()
  #count = 0
  #bytes = 0
  #callOff: Unsubscribe | undefined

  constructor(bounds: Bounds, onExpired: (items: readonly OutboxEntry[]) => void) {
    this.#bounds = bounds
    this.#onExpired = onExpired
  }

  /** The number of those that are unfinished. */
  get count(): number {
    return this.#count
  }

  get(id: string): OutboxEntry | undefined {
    return this.#items.get(id)
  }

  /** The oldest first. */
  all(): OutboxEntry[] {
    return [...this.#items.values()]
  }

  /** The one that a message of a room shows, by its number and its content. */
  ofMessage(message: RoomMessage): OutboxEntry | undefined {
    const item = this.#byMessage.get(message.id)
    return item && hasContentOf(item, message) ? item : undefined
  }

  /** Those that no message of a room shows, the oldest first. */
  unshown(): OutboxEntry[] {
    return this.all().filter((item) => item.shownAs !== messageIdOf(item))
  }

  /** Gives an item a number in an outbox, in place of the one that it may have. */
  setNumber(item: OutboxEntry, outbox: string, n: number): void {
    this.#byMessage.delete(messageIdOf(item))
    item.outbox = outbox
    item.n = n
    this.#byMessage.set(messageIdOf(item), item)
  }

  hasRoomFor({ bytes }: OutboxEntry): boolean {
    const { maxItems, maxBytes } = this.#bounds
    return this.#count < maxItems && this.#bytes + bytes <= maxBytes
  }

  add(item: OutboxEntry): void {
    this.#items.set(item.snapshot.id, item)
    this.#count++
    this.#bytes += item.bytes
    this.#watch()
  }

  /** Items from before: they come first. */
  addOlder(items: readonly OutboxEntry[]): void {
    const newer = this.#items
    this.#items = new Map()
    for (const item of items) {
      this.add(item)
      this.#byMessage.set(messageIdOf(item), item)
    }
    for (const [id, item] of newer) this.#items.set(id, item)
    this.#cancelTimer()
    this.#watch()
  }

  /** An item is over: it is counted no more, and kept only if it failed. */
  finished({ snapshot, bytes }: OutboxEntry): void {
    this.#count--
    this.#bytes -= bytes
    if (this.#count === 0) this.#cancelTimer()
    if (snapshot.state === 'delivered') this.delete(snapshot.id)
    else this.#forget(this.#failed().slice(0, -OUTBOX_KEPT_FAILURES))
  }

  /** Takes an item off the list that is settled. */
  delete(id: string): void {
    const item = this.#items.get(id)
    if (item) this.#byMessage.delete(messageIdOf(item))
    this.#items.delete(id)
  }

  /** Takes all failed items off the list. */
  clear(): void {
    this.#forget(this.#failed())
  }

  #failed(): OutboxEntry[] {
    return this.all().filter(isSettled)
  }

  #forget(items: readonly OutboxEntry[]): void {
    for (const { snapshot } of items) this.delete(snapshot.id)
  }

  /** One alarm, for the oldest: the others are looked at when it rings. */
  #watch(): void {
    const oldest = this.#callOff ? undefined : this.all().find((item) => !isSettled(item))
    if (!oldest) return
    this.#callOff = startLongTimer(oldest.snapshot.queuedAt + this.#bounds.maxAgeMs, () => {
      this.#cancelTimer()
      const last = Date.now() - this.#bounds.maxAgeMs
      this.#onExpired(
        this.all().filter((item) => !isSettled(item) && item.snapshot.queuedAt <= last),
      )
      this.#watch()
    })
  }

  #cancelTimer(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }
}
