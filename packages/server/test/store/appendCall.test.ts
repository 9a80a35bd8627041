import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { CommandError, toAnswerError } from '../../src/shared/commandError.js'
import type { Delivery, DeliveryItem } from '../../src/store/delivery.js'
import type { Store, StoredSession } from '../../src/store/store.js'
import { begin, deliver, itemsOf, kinds, openStores, publish, ROOM } from '../support/openStores.js'

const isThere = kinds.length > 1

/** The statements that were sent to PostgreSQL while the work ran, without those of other work. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return query.mock.calls
      .map(([statement]: unknown[]) => {
        return typeof statement === 'string' ? statement : (statement as { text: string }).text
      })
      .filter((text) => /append\(|hold\(|settle\(|^begin|^commit/.test(text))
  } finally {
    query.mockRestore()
  }
}

/** Numbers from 0 to less than 1, the same ones in each run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

const refusal = toAnswerError(new CommandError('forbidden', 'No'))

interface Move {
  readonly session: number
  readonly delivery: Omit<Delivery, 'session'>
}

/** Groups of deliveries: most continue an outbox, some repeat, skip ahead, fork or come from another session. */
function movesFrom(seed: number): Move[][] {
  const random = randomFrom(seed)
  const upTo = (count: number): number => Math.floor(random() * count)
  const nextN = new Map<string, number>()
  const itemAt = (outbox: string, n: number): DeliveryItem => {
    const key = `${outbox}-${n}${random() < 0.02 ? '-other' : ''}`
    const base = { n, key, isSkip: false }
    const kind = random()
    if (kind < 0.08) return { ...base, key: '', isSkip: true, kind: 'skip' }
    if (kind < 0.16) {
      return { ...base, kind: 'refused', error: refusal }
    }
    const message = { id: `${outbox}.${n}`, from: outbox, data: `${n} ü "\\` }
    return { ...base, kind: 'append', append: { room: `public:r${upTo(4)}`, message } }
  }
  return Array.from({ length: 60 }, () =>
    Array.from({ length: 1 + upTo(6) }, (): Move => {
      const number = upTo(5)
      const outbox = `box${number}`
      const start = nextN.get(outbox) ?? 1
      const firstN = Math.max(
        1,
        start - (random() < 0.15 ? upTo(3) : 0) + (random() < 0.05 ? 1 : 0),
      )
      const items = Array.from({ length: 1 + upTo(4) }, (_, index) =>
        itemAt(outbox, firstN + index),
      )
      if (firstN <= start) nextN.set(outbox, Math.max(start, firstN + items.length))
      const before = { key: undefined, isForked: random() < 0.01 }
      return { session: random() < 0.04 ? upTo(5) : number, delivery: { outbox, items, before } }
    }),
  )
}

/** Without what differs from run to run. */
function comparable(outcome: PromiseSettledResult<unknown>): unknown {
  if (outcome.status === 'rejected') return (outcome.reason as { code: string }).code
  return JSON.parse(
    JSON.stringify(outcome.value, (key, value: unknown) => (key === 'at' ? undefined : value)),
  ) as unknown
}

async function play(store: Store, groups: readonly (readonly Move[])[]): Promise<unknown[]> {
  const sessions: StoredSession[] = []
  for (let index = 0; index < 5; index++) sessions.push(await begin(store))
  const seen: unknown[] = []
  for (const group of groups) {
    const outcomes = await Promise.allSettled(
      group.map(({ session, delivery }) => {
        const { id = '', userId = null } = sessions[session] ?? {}
        return store.outboxes.deliver({ session: { id, userId }, ...delivery })
      }),
    )
    seen.push(outcomes.map(comparable))
  }
  for (let room = 0; room < 4; room++) {
    const range = { after: 0, limit: 10_000, maxBytes: 1e9 }
    const { messages } = await store.rooms.read(`public:r${room}`, range)
    seen.push(messages.map(({ seq, id, data }) => [seq, id, data]))
  }
  return seen
}

describe.runIf(isThere)('messages that PostgreSQL appends in one call', () => {
  it('need one statement for all packets of a turn', async () => {
    await using context = await openStores('PostgreSQL')
    const { store } = context
    const sessions = [await begin(store), await begin(store)]
    await Promise.all(sessions.map((one) => deliver(store, one, `of-${one.id}`, itemsOf(1, ['a']))))
    const sent = await statementsOf(() =>
      Promise.all([
        ...sessions.map((one) => deliver(store, one, `of-${one.id}`, itemsOf(2, ['b', 'c']))),
        publish(store, 'd'),
      ]),
    )
    expect(sent).toEqual([expect.stringContaining('yektayar.append(')])
    expect(await store.rooms.head(ROOM)).toMatchObject({ seq: 7 })
  })

  it('go on in one call beside a session that may store no more', async () => {
    const limits = { storedBytesPerSessionPerHour: 200 }
    await using context = await openStores('PostgreSQL', { limits })
    const { store } = context
    const [first, full, last] = [await begin(store), await begin(store), await begin(store)]
    const send = (one: StoredSession, n: number, bytes: number) =>
      deliver(store, one, `of-${one.id}`, itemsOf(n, ['x'.repeat(bytes)]))
    for (const one of [first, full, last]) await send(one, 1, one === full ? 90 : 1)
    const sent = await statementsOf(async () => {
      const [before, refused, after] = await Promise.allSettled(
        [first, full, last].map((one) => send(one, 2, 20)),
      )
      expect([before?.status, after?.status]).toEqual(['fulfilled', 'fulfilled'])
      expect(refused).toMatchObject({ reason: { code: 'rate_limited' } })
    })
    expect(sent.filter((text) => text.includes('yektayar.append('))).toHaveLength(2)
    expect(await store.rooms.head(ROOM)).toMatchObject({ seq: 5 })
  })

  it('answer a repeated packet with the numbers that they have got', async () => {
    await using context = await openStores('PostgreSQL')
    const { store } = context
    const session = await begin(store)
    await deliver(store, session, 'box', itemsOf(1, ['a']))
    const items: DeliveryItem[] = [
      ...itemsOf(2, ['b']),
      { n: 3, key: '', isSkip: true, kind: 'skip' },
      ...itemsOf(4, ['c']),
    ]
    await publish(store, 'between')
    await deliver(store, session, 'box', items)
    expect(await deliver(store, session, 'box', items)).toMatchObject({
      items: [
        { kind: 'kept', answer: { n: 2, key: 'key-b', seq: 3 } },
        { kind: 'kept', answer: { n: 3, ok: true } },
        { kind: 'kept', answer: { n: 4, key: 'key-c', seq: 4 } },
      ],
    })
  })

  it('keep no more answers of an outbox than the limit', async () => {
    await using context = await openStores('PostgreSQL', { limits: { maxOutboxAnswers: 4 } })
    const { store } = context
    const session = await begin(store)
    for (let n = 1; n <= 12; n++) await deliver(store, session, 'box', itemsOf(n, [`${n}`]))
    const again = await deliver(
      store,
      session,
      'box',
      itemsOf(1, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']),
    )
    const kinds = 'items' in again ? again.items.map(({ kind }) => kind) : []
    expect(kinds.filter((kind) => kind === 'kept').length).toBeLessThanOrEqual(8)
    expect(kinds.slice(-4)).toEqual(['kept', 'kept', 'kept', 'kept'])
    expect(kinds[0]).toBe('expired')
  })

  it.each([1, 2, 3])(
    'have the outcomes that they have in SQLite, whatever comes (%i)',
    async (seed) => {
      await using postgres = await openStores('PostgreSQL')
      await using sqlite = await openStores('SQLite')
      const groups = movesFrom(seed)
      const sent = await statementsOf(async () => {
        expect(await play(postgres.store, groups)).toEqual(await play(sqlite.store, groups))
      })
      expect(sent.some((text) => text.includes('append('))).toBe(true)
      expect(sent.some((text) => text.includes('hold('))).toBe(true)
    },
  )
})

describe.each(kinds)('what a session may store in %s', (kind) => {
  it('is counted once, also where a transaction fails first', async () => {
    const [item] = itemsOf(1, ['1'])
    const bytes = Buffer.byteLength(JSON.stringify(item?.kind === 'append' && item.append.message))
    await using context = await openStores(kind, {
      limits: { storedBytesPerSessionPerHour: 6 * bytes },
    })
    const { store } = context
    const session = await begin(store)
    const other = await begin(store)
    await deliver(store, session, 'box', itemsOf(1, ['1']))
    const unfit: DeliveryItem[] = [
      {
        ...{ n: 1, key: 'k', isSkip: false, kind: 'append' },
        append: { room: 'public:\0', message: { id: 'x', from: 'someone', data: 'x' } },
      },
    ]
    for (let n = 2; n <= 6; n++) {
      const bad = deliver(store, other, `bad-${n}`, unfit)
      await Promise.all([
        expect(deliver(store, session, 'box', itemsOf(n, [`${n}`]))).resolves.toMatchObject({
          items: [{ kind: 'appended' }],
        }),
        expect(bad).rejects.toMatchObject({ code: 'invalid_input' }),
      ])
    }
    await expect(deliver(store, session, 'box', itemsOf(7, ['7']))).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })
})
