import { DELIVERY_SPACE, OUTBOX_WINDOW } from '../shared/limits.js'
import { isSettled, isSending } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/** The items of a queue and their state. */
export interface QueueState {
  /** Ascending by number. */
  readonly items: readonly OutboxEntry[]
  readonly inFlight: ReadonlySet<OutboxEntry>
  /** Whether a copy of the outbox uses the same id. Then only items already sent are sent again. */
  readonly isForked: boolean
  /** The maximum number of items in a batch. */
  readonly batchSize: number
}

/**
 * The next consecutive items, as many as fit into a batch and the window. While the server makes the client
 * send smaller batches, only one is unanswered at a time: many small packets would exceed its limits again.
 */
export function nextBatch({ items, inFlight, isForked, batchSize }: QueueState): OutboxEntry[] {
  if (batchSize < OUTBOX_WINDOW && inFlight.size > 0) return []
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
    // The window is measured in numbers, since a server keeps only the newest answers of an outbox.
    const isOpen = item.n - (items[0]?.n ?? 0) < OUTBOX_WINDOW
    const hasRoom = isOpen && batch.length < batchSize && bytes >= 0 && keys >= 0
    if (!isNext || !hasRoom) break
    batch.push(item)
  }
  return batch
}
