import type { Unsubscribe } from '../shared/emitter.js'
import { OUTBOX_KEPT_FAILURES } from '../shared/limits.js'
import { startAlarm } from '../shared/longTimer.js'
import { isOver } from './outboxEntry.js'
import type { QueuedItem } from './outboxEntry.js'

/** How much an outbox takes, and for how long. */
interface Bounds {
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** The unfinished and the failed items of a client, within their bounds. */
export class OutboxItems {
  readonly #bounds: Bounds
  readonly #onExpired: (items: readonly QueuedItem[]) => void
  #items = new Map<string, QueuedItem>()
  #count = 0
  #bytes = 0
  #callOff: Unsubscribe | undefined

  constructor(bounds: Bounds, onExpired: (items: readonly QueuedItem[]) => void) {
    this.#bounds = bounds
    this.#onExpired = onExpired
  }

  /** The number of those that are unfinished. */
  get count(): number {
    return this.#count
  }

  get(id: string): QueuedItem | undefined {
    return this.#items.get(id)
  }

  /** The oldest first. */
  all(): QueuedItem[] {
    return [...this.#items.values()]
  }

  hasRoomFor({ bytes }: QueuedItem): boolean {
    const { maxItems, maxBytes } = this.#bounds
    return this.#count < maxItems && this.#bytes + bytes <= maxBytes
  }

  add(item: QueuedItem): void {
    this.#items.set(item.snapshot.id, item)
    this.#count++
    this.#bytes += item.bytes
    this.#watch()
  }

  /** Items from before: they come first. */
  addOlder(items: readonly QueuedItem[]): void {
    const newer = this.#items
    this.#items = new Map()
    for (const item of items) this.add(item)
    for (const [id, item] of newer) this.#items.set(id, item)
    this.#rest()
    this.#watch()
  }

  /** An item is over: it is counted no more, and kept only if it failed. */
  finished({ snapshot, bytes }: QueuedItem): void {
    this.#count--
    this.#bytes -= bytes
    if (this.#count === 0) this.#rest()
    if (snapshot.state === 'delivered') this.#items.delete(snapshot.id)
    else this.#forget(this.#failed().slice(0, -OUTBOX_KEPT_FAILURES))
  }

  /** Takes a failed item off the list. */
  delete(id: string): void {
    this.#items.delete(id)
  }

  /** Takes all failed items off the list. */
  clear(): void {
    this.#forget(this.#failed())
  }

  #failed(): QueuedItem[] {
    return this.all().filter(isOver)
  }

  #forget(items: readonly QueuedItem[]): void {
    for (const { snapshot } of items) this.#items.delete(snapshot.id)
  }

  /** One alarm, for the oldest: the others are looked at when it rings. */
  #watch(): void {
    const oldest = this.#callOff ? undefined : this.all().find((item) => !isOver(item))
    if (!oldest) return
    this.#callOff = startAlarm(oldest.snapshot.queuedAt + this.#bounds.maxAgeMs, () => {
      this.#rest()
      const last = Date.now() - this.#bounds.maxAgeMs
      this.#onExpired(this.all().filter((item) => !isOver(item) && item.snapshot.queuedAt <= last))
      this.#watch()
    })
  }

  #rest(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }
}
