import type { RoomMessage } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import { OUTBOX_KEPT_FAILURES } from '../shared/limits.js'
import { startLongTimer } from '../shared/longTimer.js'
import { hasContentOf, isSettled, messageIdOf } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/** The limits of an outbox. */
interface Bounds {
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** The unfinished and the failed items of a client, within the limits. */
export class OutboxEntries {
  readonly #bounds: Bounds
  readonly #onExpired: (items: readonly OutboxEntry[]) => void
  #items = new Map<string, OutboxEntry>()
  /** Numbered items by the id of their room message. */
  readonly #byMessage = new Map<string, OutboxEntry>()
  #count = 0
  #bytes = 0
  #callOff: Unsubscribe | undefined

  constructor(bounds: Bounds, onExpired: (items: readonly OutboxEntry[]) => void) {
    this.#bounds = bounds
    this.#onExpired = onExpired
  }

  /** The number of unfinished items. */
  get count(): number {
    return this.#count
  }

  get(id: string): OutboxEntry | undefined {
    return this.#items.get(id)
  }

  /** All items, oldest first. */
  all(): OutboxEntry[] {
    return [...this.#items.values()]
  }

  /** The item of a room message, by its number and content. */
  ofMessage(message: RoomMessage): OutboxEntry | undefined {
    const item = this.#byMessage.get(message.id)
    return item && hasContentOf(item, message) ? item : undefined
  }

  /** The items that no room message shows, oldest first. */
  unshown(): OutboxEntry[] {
    return this.all().filter((item) => item.shownAs !== messageIdOf(item))
  }

  /** Sets an item's number in an outbox, replacing an earlier one. */
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

  /** Adds items of closed pages in front of the others. */
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

  /** Stops counting a settled item; keeps it in the list only if it failed. */
  finished({ snapshot, bytes }: OutboxEntry): void {
    this.#count--
    this.#bytes -= bytes
    if (this.#count === 0) this.#cancelTimer()
    if (snapshot.state === 'delivered') this.delete(snapshot.id)
    else this.#forget(this.#failed().slice(0, -OUTBOX_KEPT_FAILURES))
  }

  /** Removes a settled item from the list. */
  delete(id: string): void {
    const item = this.#items.get(id)
    if (item) this.#byMessage.delete(messageIdOf(item))
    this.#items.delete(id)
  }

  /** Removes all failed items from the list. */
  clear(): void {
    this.#forget(this.#failed())
  }

  #failed(): OutboxEntry[] {
    return this.all().filter(isSettled)
  }

  #forget(items: readonly OutboxEntry[]): void {
    for (const { snapshot } of items) this.delete(snapshot.id)
  }

  /** Sets one timer, for the expiry of the oldest item; it then checks the others. */
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
