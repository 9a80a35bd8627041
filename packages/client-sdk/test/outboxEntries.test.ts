import { expect, it } from 'vitest'
import { OutboxEntries } from '../src/outbox/outboxEntries.js'
import { createItem } from '../src/outbox/outboxEntry.js'

const ROOM = 'public:lobby'
const bounds = { maxItems: 10, maxBytes: 10_000, maxAgeMs: 60_000 }

/** Items of an outbox, which have the numbers from 1 on. */
function numbered(count: number) {
  const entries = new OutboxEntries(bounds, () => undefined)
  const items = Array.from({ length: count }, (_, index) => {
    const item = createItem('room:send', { room: ROOM, data: index })
    entries.add(item)
    entries.setNumber(item, 'outbox', index + 1)
    return item
  })
  return { entries, items }
}

const message = (n: number, data: unknown) =>
  ({
    id: `outbox.${String(n)}`,
    room: ROOM,
    from: 'user:a',
    data,
    epoch: 'e',
    seq: n,
    at: '',
  }) as never

it('an item that a message of the log shows is not listed beside it, until it has another number', () => {
  const { entries, items } = numbered(3)
  const [first, second, third] = items
  expect(entries.unshown()).toEqual(items)
  const shown = entries.ofMessage(message(2, 1))
  expect(shown).toBe(second)
  if (shown) shown.shownAs = 'outbox.2'
  expect(entries.unshown()).toEqual([first, third])
  if (second) entries.setNumber(second, 'another', 1)
  expect(entries.unshown()).toEqual(items)
  expect(entries.ofMessage(message(2, 1))).toBeUndefined()
})

it('a message with the number of an item and other content is not that item', () => {
  const { entries, items } = numbered(2)
  expect(entries.ofMessage(message(2, 'of another device'))).toBeUndefined()
  expect(entries.ofMessage(message(3, 1))).toBeUndefined()
  expect(entries.ofMessage(message(1, 0))).toBe(items[0])
})
