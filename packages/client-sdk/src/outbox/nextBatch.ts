import { DELIVERY_SPACE, OUTBOX_WINDOW } from '../shared/limits.js'
import { isSettled, isSending } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/** What a queue knows of its items. */
export interface QueueState {
  /** Ascending by number. */
  readonly items: readonly OutboxEntry[]
  readonly inFlight: ReadonlySet<OutboxEntry>
  /** Another outbox goes on under the same id, so only what was sent may be asked for again. */
  readonly isForked: boolean
  /** Items of a packet at the most. */
  readonly batchSize: number
}

/** The next items with numbers that follow each other, as many as a packet and the window hold. */
export function nextBatch({ items, inFlight, isForked, batchSize }: QueueState): OutboxEntry[] {
  const batch: OutboxEntry[] = []
  let { bytes, keys } = DELIVERY_SPACE
  for (const item of items) {
    if (inFlight.has(item)) continue
    const last = batch.at(-1)
    if (!(isForked ? isSending(item) : item.isReady || isSettled(item))) {
      if (isForked && !last) continue
      break
    }
    bytes -= item.bytes
    keys -= item.keys
    const isNext = !last || item.n === last.n + 1
    // By numbers, not by count: a server keeps only the newest answers of an outbox.
    const isOpen = item.n - (items[0]?.n ?? 0) < OUTBOX_WINDOW
    const hasRoom = isOpen && batch.length < batchSize && bytes >= 0 && keys >= 0
    if (!isNext || !hasRoom) break
    batch.push(item)
  }
  return batch
}
