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

const HOUR_MS = 60 * 60_000

describe.each(kinds)('the upkeep of %s', (kind) => {
  it('removes sessions that have expired, some at a time', async () => {
    await using context = await openStores(kind, { limits: { sweepBatchSize: 2 } })
    const { store } = context
    for (let count = 0; count < 3; count++) await begin(store)
    expect(await store.upkeep.removeSessions(store.now())).toBe(0)
    const later = store.now() + 31 * 24 * HOUR_MS
    expect(await store.upkeep.removeSessions(later)).toBe(2)
    expect(await store.upkeep.removeSessions(later)).toBe(1)
  })

  it('removes old messages, then rooms, whose numbers are never used again', async () => {
    await using context = await openStores(kind, { limits: { roomRetentionMs: HOUR_MS } })
    const { store } = context
    for (const data of ['a', 'b', 'c']) await publish(store, data)
    await context.advance(2 * HOUR_MS)
    await publish(store, 'new')
    const sweep = async (now: number) => {
      let rows = 0
      let rooms = 0
      for (;;) {
        const removed = await store.upkeep.removeOldMessages(now)
        rows += removed.rows
        rooms += removed.rooms
        if (removed.isDone) return { rows, rooms }
      }
    }
    const now = (await store.sessions.begin({}, 'the time')).createdAt
    expect(await sweep(now)).toEqual({ rows: 3, rooms: 0 })
    expect(await textsOf(store)).toEqual(['new'])
    expect(await sweep(now + 2 * HOUR_MS)).toEqual({ rows: 1, rooms: 1 })
    expect(await store.rooms.heads([ROOM])).toEqual([])
    expect(await store.rooms.head(ROOM)).toMatchObject({ seq: 4 })
    expect(await publish(store, 'again')).toMatchObject({ seq: 5 })
    expect(await publish(store, 'first', 'public:other')).toMatchObject({ seq: 5 })
  })

  it('keeps rooms with members', async () => {
    await using context = await openStores(kind, { limits: { roomRetentionMs: HOUR_MS } })
    const { store } = context
    await store.rooms.noteUsed([{ room: ROOM, sessionId: 'a' }])
    await store.presence.place('a', {
      entered: [{ room: ROOM, member: 'sara', data: null, at: 1 }],
      left: [],
    })
    const later = store.now() + 2 * HOUR_MS
    expect(await store.upkeep.removeOldMessages(later)).toMatchObject({ rooms: 0 })
    expect(await store.upkeep.removeOldMessages(later)).toMatchObject({ isDone: true })
    expect((await store.rooms.state(ROOM)).usedAt).toBeDefined()
  })

  it('trims a room to its newest messages', async () => {
    await using context = await openStores(kind, { limits: { roomRetentionMessages: 2 } })
    const { store } = context
    for (const data of ['a', 'b', 'c', 'd', 'e']) await publish(store, data)
    expect(await store.upkeep.longRoomsAfter('')).toEqual({ rooms: [ROOM], next: undefined })
    // A step ends early on a busy machine, and then says that there may be more.
    expect(await store.upkeep.trimRoom(ROOM)).toMatchObject({ rows: 3 })
    expect(await textsOf(store)).toEqual(['d', 'e'])
    expect(await store.upkeep.trimRoom(ROOM)).toEqual({ rows: 0, isDone: true })
  })

  it('removes old answers, and outboxes of sessions that have ended', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const [session, other] = [await begin(store), await begin(store)]
    await deliver(store, session, 'box', itemsOf(1, ['a']))
    await deliver(store, other, 'other', itemsOf(1, ['b']))
    await store.sessions.end([session.id])
    const later = store.now() + 365 * 24 * HOUR_MS
    expect(await store.upkeep.removeOldAnswers(store.now())).toBe(true)
    const kept = await deliver(store, other, 'other', itemsOf(1, ['b']))
    expect(kept).toMatchObject({ items: [{ kind: 'kept' }] })
    expect(await store.upkeep.removeOldAnswers(later)).toBe(true)
    const expired = await deliver(store, other, 'other', itemsOf(1, ['b']))
    expect(expired).toMatchObject({ items: [{ kind: 'expired' }] })
    expect(await store.upkeep.removeOldOutboxes(later, undefined)).toBeUndefined()
    const third = await begin(store)
    await expect(deliver(store, third, 'box', itemsOf(1, ['c']))).resolves.toMatchObject({
      items: [{ kind: 'appended' }], // it is gone, and so are its numbers
    })
    await expect(deliver(store, third, 'other', itemsOf(1, ['d']))).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('trusts a clock near the last sweep, and doubts one that is far ahead', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const near = await store.upkeep.judgeClock(0)
    expect(near.until).toBeGreaterThan(0)
    await context.advance(40 * 24 * HOUR_MS)
    const far = await store.upkeep.judgeClock(0)
    expect(far.until).toBeUndefined()
    expect(far.aheadMs).toBeGreaterThan(39 * 24 * HOUR_MS)
  })

  it('can be written, and says so', async () => {
    await using context = await openStores(kind)
    await expect(context.store.requireWritable()).resolves.toBeUndefined()
    expect(context.store.pendingCommits).toBe(0)
    expect(await context.store.walBytes()).toBeGreaterThanOrEqual(0)
  })
})
