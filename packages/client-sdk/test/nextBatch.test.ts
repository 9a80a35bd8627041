import { describe, expect, it } from 'vitest'
import { nextBatch } from '../src/outbox/nextBatch.js'
import type { QueueState } from '../src/outbox/nextBatch.js'
import { createItem } from '../src/outbox/outboxEntry.js'
import type { OutboxEntry } from '../src/outbox/outboxEntry.js'
import { DELIVERY_SPACE, OUTBOX_WINDOW } from '../src/shared/limits.js'

/** Ready items with numbers from 1 on, of these sizes. */
function itemsOf(sizes: readonly Partial<Pick<OutboxEntry, 'bytes' | 'keys'>>[]): OutboxEntry[] {
  return sizes.map((size, index) => {
    const item = createItem('room:send', { room: 'public:lobby', data: index })
    return Object.assign(item, { n: index + 1, isReady: true, bytes: 100, keys: 4 }, size)
  })
}

const small = (count: number) => itemsOf(Array.from({ length: count }, () => ({})))

/** The numbers of the next batch. */
function numbersOf(items: readonly OutboxEntry[], changes: Partial<QueueState> = {}): number[] {
  const state = { inFlight: new Set<OutboxEntry>(), isForked: false, batchSize: OUTBOX_WINDOW }
  return nextBatch({ items, ...state, ...changes }).map(({ n }) => n)
}

const { bytes, keys } = DELIVERY_SPACE

describe('the next batch of an outbox', () => {
  it.each([
    ['fits into its bytes', [{ bytes: bytes - 10 }, { bytes: 10 }, { bytes: 1 }]],
    ['leaves an item that does not fit', [{ bytes: 10 }, { bytes: 10 }, { bytes }]],
    ['fits into its keys', [{ keys: keys - 1 }, { keys: 1 }, { keys: 1 }]],
    ['is not full of keys before they are', [{ keys: 1 }, { keys: 1 }, { keys: keys - 1 }]],
  ])('%s', (_what, sizes) => {
    expect(numbersOf(itemsOf(sizes))).toEqual([1, 2])
  })

  it('has an item alone that has all of the space', () => {
    expect(numbersOf(itemsOf([{ bytes, keys }, {}]))).toEqual([1])
  })

  it('has as many items as the window, and as many as are wanted', () => {
    expect(numbersOf(small(OUTBOX_WINDOW + 3))).toHaveLength(OUTBOX_WINDOW)
    expect(numbersOf(small(5), { batchSize: 2 })).toEqual([1, 2])
  })

  it('follows what is under way, within the window, unless batches are small', () => {
    const items = small(OUTBOX_WINDOW + 3)
    const inFlight = new Set(items.slice(0, OUTBOX_WINDOW - 2))
    expect(numbersOf(items, { inFlight })).toEqual([OUTBOX_WINDOW - 1, OUTBOX_WINDOW])
    expect(numbersOf(items, { inFlight, batchSize: 2 })).toEqual([])
  })

  it('ends before a number that is missing, and before an item that is not ready', () => {
    const [first, second, third, fourth] = small(4)
    if (!first || !second || !third || !fourth) throw new Error('four items')
    expect(numbersOf([first, second, fourth])).toEqual([1, 2])
    third.isReady = false
    expect(numbersOf([first, second, third, fourth])).toEqual([1, 2])
  })

  it('has what was sent before where the outbox is forked, and nothing else', () => {
    const items = small(4)
    for (const item of items.slice(1, 3)) {
      item.snapshot = { ...item.snapshot, state: 'sending' }
    }
    expect(numbersOf(items, { isForked: true })).toEqual([2, 3])
  })
})
