import { expect, it } from 'vitest'
import { checkHistory } from './support/checkHistory.js'
import type { Entry, History, Seen, Sent, ViolationKind } from './support/history.js'

function kindsOf(history: History): ViolationKind[] {
  return [...new Set(checkHistory(history).map(({ kind }) => kind))].sort()
}

/**
 * A correct history: two clients send ten messages to one room, and two subscribers see all of
 * them.
 */
function goodHistory(): { sent: Sent[]; log: Entry[]; first: Seen[]; second: Seen[] } {
  const place = { room: 'public:a', epoch: 'e1' }
  const log = Array.from({ length: 10 }, (_, index): Entry => {
    return { ...place, seq: index + 1, id: `m${String(index + 1)}` }
  })
  const sent = log.map((entry, index): Sent => {
    const name = String(index % 2)
    return {
      client: `c${name}`,
      outbox: `o${name}`,
      n: Math.floor(index / 2) + 1,
      room: entry.room,
      id: entry.id,
      sentAt: index,
      settled: 'delivered',
      receipt: entry,
    }
  })
  const seen = (): Seen[] => [
    { kind: 'joined', ...place, seq: 0 },
    ...log.map((entry): Seen => ({ kind: 'message', ...entry })),
  ]
  return { sent, log, first: seen(), second: seen() }
}

type Parts = ReturnType<typeof goodHistory>

// Every list has ten items.
const at = <Item>(items: Item[], index: number): Item => items[index] as Item
const change = (items: object[], index: number, changes: object): void => {
  items[index] = { ...items[index], ...changes }
}

/**
 * A kind of damage, applied at an index from 1 to 8, and all violations that the checker reports.
 */
const damages: readonly [string, (parts: Parts, index: number) => void, ViolationKind[]][] = [
  ['nothing', () => undefined, []],
  [
    'a promise is never settled',
    ({ sent }, index) => {
      change(sent, index, { settled: 'unsettled', receipt: undefined })
    },
    ['unsettled'],
  ],
  [
    // Allowed, because the stored answer has expired.
    'a stored message reports a failure, which may be',
    ({ sent }, index) => {
      change(sent, index, { settled: 'failed', receipt: undefined })
    },
    [],
  ],
  [
    'the store loses a confirmed message',
    ({ log }, index) => log.splice(index, 1),
    ['falselyConfirmed', 'gap', 'lost', 'phantom'],
  ],
  [
    'the store loses the newest message before anybody sees it',
    ({ log, first, second }) => [log, first, second].map((each) => each.pop()),
    ['falselyConfirmed', 'lost'],
  ],
  [
    'a message is stored again at the end',
    ({ log, first, second }, index) => {
      const again = { ...at(log, Math.min(index, 7)), seq: 11 } // not the newest of its outbox
      log.push(again)
      for (const seen of [first, second]) seen.push({ kind: 'message', ...again })
    },
    ['doubled', 'outOfOrder'],
  ],
  [
    'an older message of an outbox is stored after a newer one',
    ({ sent, log, first, second }, index) => {
      const [one, other] = index < 8 ? [index, index + 2] : [index, index - 2]
      const [a, b] = [at(log, one).id, at(log, other).id]
      change(log, one, { id: b })
      change(log, other, { id: a })
      for (const seen of [first, second]) {
        change(seen, one + 1, { id: b })
        change(seen, other + 1, { id: a })
      }
      change(sent, one, { receipt: at(log, other) })
      change(sent, other, { receipt: at(log, one) })
    },
    ['outOfOrder'],
  ],
  [
    'a subscriber sees a message twice',
    ({ first }, index) => first.splice(index + 1, 0, at(first, index)),
    ['doubled'],
  ],
  [
    'a subscriber sees two messages in the wrong order',
    ({ first }, index) => first.splice(index, 2, at(first, index + 1), at(first, index)),
    ['gap', 'outOfOrder'],
  ],
  ['a subscriber misses a message', ({ first }, index) => first.splice(index, 1), ['gap', 'lost']],
  ['a subscriber misses the last message', ({ first }) => first.pop(), ['lost']],
  [
    'a subscriber misses messages and is told so',
    ({ first }, index) =>
      first.splice(index, 1, { kind: 'reset', room: 'public:a', reason: 'truncated' }),
    [],
  ],
  [
    'a subscriber sees nothing any more after a reset',
    ({ first }, index) =>
      first.splice(index, 10, { kind: 'reset', room: 'public:a', reason: 'truncated' }),
    ['lost'],
  ],
  [
    'a subscriber leaves, and misses the rest',
    ({ first }, index) => first.splice(index, 10, { kind: 'left', room: 'public:a' }),
    [],
  ],
  [
    'a subscriber sees another message in a place',
    ({ first, sent }, index) => {
      change(first, index, { id: 'other' })
      sent.push({ ...at(sent, 8), n: 6, id: 'other', settled: 'failed', receipt: undefined })
    },
    ['diverged', 'lost'],
  ],
  [
    'two subscribers see different messages in a place that the log does not have',
    ({ first, second }) => {
      const place = { kind: 'message', room: 'public:a', epoch: 'e1', seq: 11 } as const
      first.push({ ...place, id: 'x' })
      second.push({ ...place, id: 'y' })
    },
    ['diverged', 'phantom'],
  ],
  ['a message appears that nobody sent', ({ sent }, index) => sent.splice(index, 1), ['phantom']],
  [
    'a message lands in another room',
    ({ sent }, index) => {
      change(sent, index, {
        room: 'public:b',
        receipt: { ...at(sent, index).receipt, room: 'public:b' },
      })
    },
    ['falselyConfirmed', 'lost', 'phantom'],
  ],
  [
    'a receipt names the place of another message',
    ({ sent, log }, index) => {
      change(sent, index, { receipt: at(log, index - 1) })
    },
    ['falselyConfirmed'],
  ],
  [
    'the store gives one place to two messages',
    ({ log }, index) => {
      change(log, index, { seq: index })
    },
    ['diverged', 'falselyConfirmed', 'gap', 'outOfOrder', 'phantom'],
  ],
]

it.each(damages)('says what is wrong when %s', (_what, damage, kinds) => {
  for (let index = 1; index <= 8; index++) {
    const { first, second, ...parts } = goodHistory()
    damage({ first, second, ...parts }, index)
    const subscribers = [
      { name: 'first', seen: first },
      { name: 'second', seen: second },
    ]
    expect(kindsOf({ ...parts, subscribers }), `at ${index}`).toEqual(kinds)
  }
})

it('says what was stored after the end of its session, and nothing of the rest', () => {
  const { sent, log } = goodHistory()
  const [, , third] = log
  const heads = third ? [third] : []
  const violations = checkHistory({
    sent,
    log,
    subscribers: [],
    endings: [{ outbox: 'o0', heads }],
  })
  expect(violations.map(({ kind, message }) => [kind, message.id])).toEqual(
    ['m5', 'm7', 'm9'].map((id) => ['afterEnd', id]),
  )
})

it('lets a subscriber that joins again see messages again', () => {
  const { sent, log, first, second } = goodHistory()
  const again: Seen[] = [...first, { kind: 'left', room: 'public:a' }, ...second]
  expect(checkHistory({ sent, log, subscribers: [{ name: 'first', seen: again }] })).toEqual([])
})

it('takes a new epoch for a gap, unless a reset comes before it', () => {
  const { sent, log, first } = goodHistory()
  const next = { room: 'public:a', epoch: 'e2', seq: 1, id: 'next' }
  const more: Sent = { ...at(sent, 0), n: 9, id: 'next', receipt: next }
  const history = (seen: Seen[]): History => ({
    sent: [...sent, more],
    log: [...log, next],
    subscribers: [{ name: 'first', seen }],
  })
  const last: Seen = { kind: 'message', ...next }
  const reset: Seen = { kind: 'reset', room: 'public:a', reason: 'epoch_changed' }
  expect(kindsOf(history([...first, last]))).toEqual(['gap'])
  expect(kindsOf(history([...first, reset, last]))).toEqual([])
})

it('refuses a history in which two messages have one id', () => {
  const { sent, log } = goodHistory()
  expect(() => checkHistory({ sent: [...sent, at(sent, 0)], log, subscribers: [] })).toThrow(
    'the same id',
  )
})

it('checks a hundred thousand messages that four subscribers saw', { timeout: 60_000 }, () => {
  const log = Array.from({ length: 100_000 }, (_, index): Entry => {
    const seq = Math.floor(index / 10) + 1
    return { room: `public:${String(index % 10)}`, epoch: 'e1', seq, id: `m${String(index)}` }
  })
  const sent = log.map(({ room, id }, index): Sent => {
    const outbox = `o${String(index % 3)}`
    return { client: outbox, outbox, n: index, room, id, sentAt: 0, settled: 'delivered' }
  })
  const seen = log.map((entry): Seen => ({ kind: 'message', ...entry }))
  const subscribers = ['a', 'b', 'c', 'd'].map((name) => ({ name, seen }))
  const violations = checkHistory({ sent, log: log.slice(1), subscribers })
  const found = violations.map(({ kind, by, message }) => [kind, by, message.id])
  expect(found).toEqual([
    ['lost', 'log', 'm0'],
    ...subscribers.map(({ name }) => ['phantom', name, 'm0']),
  ])
})
