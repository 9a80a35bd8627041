import { describe, expect, it } from 'vitest'
import { openTestStore } from './support/openTestStore.js'
import { isOnPostgres } from './support/testDatabase.js'

const ROOM = 'public:joined'
const positions = [undefined, 0, 1, 2, 32, 33, 34, 41, 42, 43, 44, 75, 76, 109, 110, 111, 150]

/** A store with one room, filled by transactions of these numbers of messages. */
async function storeOf(sizes: readonly number[]) {
  const store = await openTestStore({ limits: { commitGroupMs: 10_000 } })
  let last = 0
  for (const size of sizes) {
    const appending = []
    for (let count = 0; count < size; count++) {
      const data = { n: ++last }
      const message = { id: `id-${String(last)}`, from: 'server', data }
      const other = { id: 'other', from: 'server', data: null }
      appending.push(store.outboxes.append({ room: ROOM, message }))
      appending.push(store.outboxes.append({ room: 'public:other', message: other }))
    }
    await Promise.all(appending)
  }
  // PostgreSQL gets a large group in parts.
  if (!isOnPostgres) expect(store.commits).toHaveBeenCalledTimes(sizes.length)
  const [all, length] = [Array.from({ length: last }, (_, index) => index + 1), last]
  return { ...store, all, length }
}

describe('messages that were committed together', () => {
  it('are read one by one, whichever part of the log is asked for', async () => {
    await using context = await storeOf([1, 40, 2, 32, 1, 1, 33])
    const { rooms, all, length } = context
    expect(length).toBe(110)
    for (const after of positions) {
      for (const before of positions) {
        for (const limit of [1, 2, 31, 32, 33, 200]) {
          const bounds = { after, before, limit, maxBytes: 1e6 }
          const { messages, more } = await rooms.read(ROOM, bounds)
          const range = all.filter((seq) => seq > (after ?? 0) && seq < (before ?? Infinity))
          const expected = after === undefined ? range.slice(-limit) : range.slice(0, limit)
          expect(messages.map(({ seq }) => seq)).toEqual(expected)
          expect(more).toBe(range.length > limit)
          for (const { seq, id, data } of messages) {
            expect({ id, data }).toEqual({ id: `id-${String(seq)}`, data: { n: seq } })
          }
        }
      }
    }
  })
})
