import { describe, expect, it } from 'vitest'
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
import type { StoreProcess } from '../support/openStores.js'

/** Whether a process has heard that something of a kind has changed. */
function hasHeard({ news }: StoreProcess, kind: 'rooms' | 'sessions', name: string): boolean {
  return news.some((one) => one[kind] === undefined || one[kind].has(name))
}

describe.each(kinds)('processes on one store in %s', (kind) => {
  it('open it at the same time', async () => {
    await using context = await openStores(kind)
    const { open } = context
    const others = await Promise.all([open(), open(), open()])
    const epochs = others.map(({ store }) => store.rooms.epoch)
    expect(new Set([context.store.rooms.epoch, ...epochs]).size).toBe(1)
  })

  it('hear which rooms and sessions others have changed', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const other = await open()
    await other.store.readNews()
    other.news.length = 0
    const session = await begin(store)
    await publish(store, 'a')
    await store.sessions.end([session.id])
    await expect.poll(() => hasHeard(other, 'rooms', ROOM)).toBe(true)
    await expect.poll(() => hasHeard(other, 'sessions', session.id)).toBe(true)
    await expect.poll(() => other.store.events.hasPeers()).toBe(true)
  })

  it('hear of rights again that could not be applied when they were heard', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const other = await open()
    await other.store.readNews()
    const applied: unknown[] = []
    let failures = 0
    other.store.onNews(({ rights }) => {
      if (rights.length > 0 && ++failures === 1) return Promise.reject(new Error('no store'))
      applied.push(...rights)
      return Promise.resolve()
    })
    const change = { kind: 'remove', room: ROOM, member: 'sara' } as const
    await store.rooms.tellRights(change)
    await expect.poll(() => applied, { timeout: 10_000 }).toEqual([change])
    expect(failures).toBe(2)
  })

  it('hear of rights and of events, each once and in order', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const other = await open()
    await other.store.readNews()
    const long = 'x'.repeat(20_000)
    for (const payload of [1, long, 3]) {
      await store.events.tell({ event: 'noted', payload, to: { everyone: true } })
    }
    await store.rooms.tellRights({ kind: 'remove', room: ROOM, member: 'sara' })
    await store.rooms.tellRights({ kind: 'review', userId: 'omid' })
    const events = () =>
      other.news.flatMap((one) => one.events.map((event) => 'payload' in event && event.payload))
    const rights = () => other.news.flatMap((one) => one.rights)
    await expect.poll(events).toEqual([1, long, 3])
    await expect.poll(rights).toHaveLength(2)
    await other.store.readNews()
    expect(rights()).toEqual([
      { kind: 'remove', room: ROOM, member: 'sara' },
      { kind: 'review', userId: 'omid' },
    ])
    expect(context.news.flatMap((one) => one.events)).toEqual([])
  })

  it('repeat nothing when a new outbox arrives at both', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const { store: other } = await open()
    const session = await begin(store)
    const races = 30
    for (let race = 0; race < races; race++) {
      const items = itemsOf(1, [`${race}`])
      const outcomes = await Promise.all(
        [store, other].map((one) => deliver(one, session, `box-${race}`, items)),
      )
      const kinds = outcomes.map((outcome) => 'items' in outcome && outcome.items[0]?.kind)
      expect(kinds.sort()).toEqual(['appended', 'kept'])
    }
    expect(await textsOf(store)).toHaveLength(races)
  })

  it('share rooms without gaps or deadlocks', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const { store: other } = await open()
    const rooms = ['public:a', 'public:b', 'public:c']
    const appends = Array.from({ length: 50 }, (_, index) =>
      [store, other].map((one) => {
        const order = index % 2 === 0 ? rooms : [...rooms].reverse()
        return Promise.all(order.map((room) => publish(one, `${index}`, room)))
      }),
    )
    await Promise.all(appends.flat())
    for (const room of rooms) {
      const { messages } = await other.rooms.read(room, { after: 0, limit: 1_000, maxBytes: 1e9 })
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
      const times = messages.map(({ at }) => Date.parse(at))
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }
  })

  it('commit nothing of a session after another has ended it', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const { store: other } = await open()
    for (let race = 0; race < 20; race++) {
      const session = await begin(store)
      const sending = deliver(store, session, `box-${race}`, itemsOf(1, ['in time']))
      const sent = sending.then(
        () => true,
        () => false,
      )
      await other.sessions.end([session.id])
      const late = deliver(store, session, `late-${race}`, itemsOf(1, ['late']))
      await expect(late).rejects.toMatchObject({ code: 'token_invalid' })
      await sent
    }
    expect(await textsOf(store)).not.toContain('late')
  })

  it('undo no sign-out by a renewal', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const { store: other } = await open()
    for (let race = 0; race < 20; race++) {
      const { id } = await begin(store)
      await Promise.allSettled([
        store.sessions.renew(id, { newHash: `renewed-${race}`, presentedHash: undefined }),
        other.sessions.end([id]),
      ])
      expect(await store.sessions.find(id)).toBeUndefined()
      expect(await store.sessions.findByToken(`renewed-${race}`)).toBeUndefined()
    }
  })

  it('run the transactions of an app as if one after the other', async () => {
    await using context = await openStores(kind)
    const { store, open } = context
    const { store: other } = await open()
    type Tables = Record<'counters', { id: string; value: number }>
    const { schema } = store.database
    await schema
      .createTable('counters')
      .addColumn('id', 'text')
      .addColumn('value', 'integer')
      .execute()
    await store.database
      .withTables<Tables>()
      .insertInto('counters')
      .values({ id: 'a', value: 0 })
      .execute()
    const count = (one: typeof store) =>
      one.outboxes.transact(async ({ database }) => {
        const counters = database.withTables<Tables>()
        const { value } = await counters
          .selectFrom('counters')
          .selectAll()
          .executeTakeFirstOrThrow()
        await counters
          .updateTable('counters')
          .set({ value: value + 1 })
          .execute()
      })
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => [count(store), count(other)]).flat(),
    )
    const done = results.filter(({ status }) => status === 'fulfilled').length
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'store_unavailable' })
      }
    }
    const rows = await other.database
      .withTables<Tables>()
      .selectFrom('counters')
      .selectAll()
      .execute()
    expect(rows).toEqual([{ id: 'a', value: done }])
    expect(done).toBeGreaterThan(10)
  })
})
