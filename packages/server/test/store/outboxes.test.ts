import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/index.js'
import {
  begin,
  deliver,
  itemsOf,
  kinds,
  openStores,
  publish,
  ROOM,
  textsOf,
} from '../support/openStores.js'

describe.each(kinds)('the outboxes in %s', (kind) => {
  it('settle each item once, and answer a repeated one as before', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    const first = await deliver(store, session, 'box', itemsOf(1, ['a', 'b']))
    expect(first).toMatchObject({ items: [{ kind: 'appended', seq: 1 }, { seq: 2 }] })
    const again = await deliver(store, session, 'box', itemsOf(1, ['a', 'b', 'c']))
    expect(again).toMatchObject({
      items: [
        { kind: 'kept', answer: { n: 1, seq: 1 } },
        { kind: 'kept', answer: { n: 2, seq: 2 } },
        { kind: 'appended', seq: 3 },
      ],
      isForked: false,
    })
    expect(await textsOf(store)).toEqual(['a', 'b', 'c'])
  })

  it('answer a repeated item as before where its session may store no more', async () => {
    const limits = { storedBytesPerSessionPerHour: 200 }
    await using context = await openStores(kind, { limits })
    const { store } = context
    const session = await begin(store)
    const items = itemsOf(1, ['a'.repeat(50), 'b'.repeat(50), 'c'.repeat(50)])
    const first = await deliver(store, session, 'box', items)
    expect(first).toMatchObject({ items: [{ seq: 1 }] })
    const again = await deliver(store, session, 'box', items)
    expect(again).toMatchObject({ items: [{ kind: 'kept', answer: { n: 1, seq: 1 } }] })
    await expect(deliver(store, session, 'box', items.slice(1))).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })

  it('expect the next number, and write nothing for another one', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    expect(await deliver(store, session, 'box', itemsOf(2, ['b']))).toEqual({ expected: 1 })
    expect(await textsOf(store)).toEqual([])
    expect(await store.rooms.heads([ROOM])).toEqual([])
    const other = await begin(store)
    await expect(deliver(store, other, 'box', itemsOf(1, ['a']))).resolves.toMatchObject({
      items: [{ seq: 1 }],
    })
  })

  it('belong to one session, and need a valid one with the same user', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const [session, other] = [await begin(store), await begin(store)]
    await deliver(store, session, 'box', itemsOf(1, ['a']))
    const send = (from: typeof session) => deliver(store, from, 'box', itemsOf(2, ['b']))
    await expect(send(other)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(send({ ...session, userId: 'sara' })).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    await store.sessions.end([session.id])
    await expect(send(session)).rejects.toMatchObject({ code: 'token_invalid' })
    expect(await textsOf(store)).toEqual(['a'])
  })

  it('notice that they were copied', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    await deliver(store, session, 'box', itemsOf(1, ['a']))
    const copied = await deliver(store, session, 'box', itemsOf(1, ['other', 'c']))
    expect(copied).toMatchObject({
      isForked: true,
      items: [{ kind: 'forked' }, { kind: 'forked' }],
    })
    expect(await textsOf(store)).toEqual(['a'])
  })

  it('settle skips, refusals and handled items in their order, up to a pending one', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    const item = (n: number) => ({ n, key: `key-${n}`, isSkip: false })
    const error = { code: 'conflict' as const, message: 'no', retryable: false }
    const settled = await deliver(store, session, 'box', [
      { n: 1, key: '', isSkip: true, kind: 'skip' },
      { ...item(2), kind: 'refused', error },
      { ...item(3), kind: 'handled', data: { done: true } },
      ...itemsOf(4, ['d']),
      { ...item(5), kind: 'pending' },
      ...itemsOf(6, ['f']),
    ])
    expect(settled).toEqual({
      items: [
        { kind: 'settled' },
        { kind: 'settled' },
        { kind: 'settled', data: { done: true } },
        { kind: 'appended', seq: 1, at: expect.any(Number) as number },
      ],
      isForked: false,
      isPending: true,
    })
    const again = await deliver(store, session, 'box', [{ ...item(2), kind: 'refused', error }])
    expect(again).toMatchObject({ items: [{ kind: 'kept', answer: { ok: false, error } }] })
  })

  it('forget answers that are too old or too many, but no number', async () => {
    await using context = await openStores(kind, {
      limits: { maxOutboxAnswers: 2, outboxAnswerAgeMs: 60_000 },
    })
    const { store } = context
    const session = await begin(store)
    for (const [index, text] of ['a', 'b', 'c', 'd'].entries()) {
      await deliver(store, session, 'box', itemsOf(index + 1, [text]))
    }
    const again = await deliver(store, session, 'box', itemsOf(1, ['a', 'b', 'c', 'd']))
    expect(again).toMatchObject({
      items: [{ kind: 'expired' }, { kind: 'expired' }, { kind: 'kept' }, { kind: 'kept' }],
    })
    await context.advance(61_000)
    const later = await deliver(store, session, 'box', itemsOf(3, ['c', 'd']))
    expect(later).toMatchObject({ items: [{ kind: 'expired' }, { kind: 'expired' }] })
    expect(await textsOf(store)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('commit many at once, each for itself', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const sessions = await Promise.all(Array.from({ length: 30 }, () => begin(store)))
    await store.sessions.end(sessions.slice(0, 10).map(({ id }) => id))
    const settled = await Promise.allSettled(
      sessions.map((session, index) =>
        deliver(store, session, `box-${index}`, itemsOf(1, [`${index}-a`, `${index}-b`])),
      ),
    )
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
    expect(await textsOf(store)).toHaveLength(40)
    expect(await store.rooms.head(ROOM)).toMatchObject({ seq: 40 })
  })

  it('deliver twice in one turn in the order of the calls', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    const [first, second] = await Promise.all([
      deliver(store, session, 'box', itemsOf(1, ['a'])),
      deliver(store, session, 'box', itemsOf(1, ['a', 'b'])),
    ])
    expect(first).toMatchObject({ items: [{ kind: 'appended' }] })
    expect(second).toMatchObject({ items: [{ kind: 'kept' }, { kind: 'appended' }] })
    expect(await textsOf(store)).toEqual(['a', 'b'])
  })
})

describe.each(kinds)('a transaction of an app in %s', (kind) => {
  it('commits its own rows with messages and answers, or nothing', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    await store.database.schema.createTable('notes').addColumn('text', 'text').execute()
    const run = (text: string, n: number, fails: boolean) =>
      store.outboxes.transact(async (transaction) => {
        await transaction.admit(session)
        const database = transaction.database.withTables<{ notes: { text: string } }>()
        await database.insertInto('notes').values({ text }).execute()
        await transaction.append({ room: ROOM, message: { id: text, from: 'app', data: text } })
        if (fails) throw new CommandError('conflict', 'No')
        return transaction.deliver({
          ...{ session, outbox: 'box', before: { key: undefined, isForked: false } },
          items: [{ n, key: text, isSkip: false, kind: 'handled', data: text }],
        })
      })
    await run('a', 1, false)
    await expect(run('b', 2, true)).rejects.toMatchObject({ code: 'conflict' })
    const database = store.database.withTables<{ notes: { text: string } }>()
    expect(await database.selectFrom('notes').selectAll().execute()).toEqual([{ text: 'a' }])
    expect(await textsOf(store)).toEqual(['a'])
    expect(context.appended.map(({ data }) => data)).toEqual(['a'])
    await publish(store, 'next')
    expect(await store.rooms.head(ROOM)).toMatchObject({ seq: 2 })
  })

  it('admits no session that has ended', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    await store.sessions.end([session.id])
    const running = store.outboxes.transact(({ admit }) => admit(session))
    await expect(running).rejects.toMatchObject({ code: 'token_invalid' })
  })

  it('refuses the tables of the server', async () => {
    await using context = await openStores(kind)
    const database = context.store.database.withTables<{ sessions: { id: string } }>()
    const reading = (async () => database.selectFrom('sessions').selectAll().execute())()
    await expect(reading).rejects.toMatchObject({ code: 'reserved_table' })
  })

  it('refuses values that no database keeps as they are', async () => {
    await using context = await openStores(kind)
    const { store } = context
    await store.database.schema.createTable('notes').addColumn('text', 'text').execute()
    for (const text of ['a\0b', 'a\ud800', undefined, NaN, Symbol('x'), Promise.resolve(1)]) {
      const writing = sql`insert into notes values (${text})`.execute(store.database)
      await expect(writing).rejects.toThrow('The database cannot store this')
    }
  })
})
