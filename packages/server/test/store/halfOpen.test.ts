import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { begin, kinds, openStores, publish, ROOM, textsOf } from '../support/openStores.js'
import { startRelay } from '../support/relay.js'
import { endOf } from '../support/endOf.js'
import { emptyPostgres } from '../support/testDatabase.js'

const BUSY_MS = 500
/** A statement that is lost counts as such after the time for locks, when the database is asked next. */
describe.runIf(kinds.length > 1)(
  'connections to PostgreSQL whose peer is gone without a word',
  () => {
    let relay: Awaited<ReturnType<typeof startRelay>>
    beforeEach(async () => {
      relay = await startRelay(await emptyPostgres())
    })
    afterEach(() => relay.stop())

    const open = () =>
      openStores('PostgreSQL', {
        databaseUrl: relay.url,
        limits: { databaseBusyTimeoutMs: BUSY_MS, closeGraceMs: 500 },
      })

    it('fail what waits on them, after which new ones do the work', async () => {
      await using context = await open()
      const { store } = context
      const session = await begin(store)
      await publish(store, 'a')
      await Promise.all(Array.from({ length: 8 }, () => store.rooms.head(ROOM)))
      let isHeld: (() => void) | undefined
      const held = new Promise<void>((resolve) => (isHeld = resolve))
      let goOn: (() => void) | undefined
      const silence = new Promise<void>((resolve) => (goOn = resolve))
      const lone = store.outboxes.transact(async (transaction) => {
        await transaction.admit(session)
        isHeld?.()
        await silence
        await transaction.append({ room: ROOM, message: { id: 'z', from: 'server', data: 'z' } })
      })
      await held
      relay.silenceOpen()
      goOn?.()
      const ends = await Promise.all([
        endOf(lone),
        endOf(publish(store, 'b')),
        endOf(store.rooms.head(ROOM)),
        endOf(store.sessions.find(session.id)),
        endOf(store.database.selectNoFrom((sql) => sql.lit(1).as('one')).execute()),
      ])
      expect(ends).not.toContain('hangs')
      expect(ends[0]).toMatch(/cannot be (used|reached)/)
      await publish(store, 'c')
      expect(await textsOf(store)).toEqual(ends[1] === 'done' ? ['a', 'b', 'c'] : ['a', 'c'])
    })

    it('do not keep a store from closing, while it works or is idle', async () => {
      const [busy, idle] = [await open(), await open()]
      await Promise.all([publish(busy.store, 'a'), publish(idle.store, 'b')])
      relay.silenceOpen()
      void busy.store.rooms.head(ROOM).catch(() => undefined)
      publish(busy.store, 'c').catch(() => undefined)
      const both = Promise.all([busy.close(busy.store), idle.close(idle.store)])
      expect(await endOf(both)).toBe('done')
    })

    it('let a store close within one grace, whatever waits on them', async () => {
      const graceMs = 1_000
      const limits = { databaseBusyTimeoutMs: 60_000, closeGraceMs: graceMs }
      const context = await openStores('PostgreSQL', { databaseUrl: relay.url, limits })
      const { store } = context
      await publish(store, 'a')
      relay.silenceOpen()
      store.rooms.head(ROOM).catch(() => undefined)
      const event = { event: 'noted', payload: 1, to: { everyone: true } } as const
      for (let nth = 0; nth < 3; nth++) store.events.pass(event)
      const startedAt = performance.now()
      await context.close(store)
      expect(performance.now() - startedAt).toBeLessThan(2 * graceMs)
    })
  },
)

describe.runIf(kinds.length > 1)('a statement in PostgreSQL', () => {
  it('that an app wants to take long is left alone', async () => {
    const limits = { databaseBusyTimeoutMs: BUSY_MS }
    await using context = await openStores('PostgreSQL', { limits })
    const slept = context.store.database
      .selectNoFrom((sql) => sql.fn('pg_sleep', [sql.val(4)]).as('slept'))
      .execute()
    expect(await endOf(slept, 20_000)).toBe('done')
  })
})
