import { describe, expect, it, vi } from 'vitest'
import { kinds, openStores } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { startRelay } from '../support/relay.js'
import { emptyPostgres } from '../support/testDatabase.js'

const HOUR_MS = 3_600_000
const isThere = kinds.length > 1

/** Ends the connections that hold the lock of the process that leads. */
function endLeader(databaseUrl: string) {
  return queryPostgres(
    databaseUrl,
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and database = (select oid from pg_database
       where datname = current_database())`,
  )
}

describe.each(kinds)('of the processes on a store in %s', (kind) => {
  it('at least one leads', async () => {
    await using context = await openStores(kind)
    expect(context.store.leadership.leads()).toBe(true)
  })
})

describe.runIf(isThere)('of the processes on PostgreSQL', () => {
  it('one leads, and another one soon after it has closed', async () => {
    await using context = await openStores('PostgreSQL')
    const [second, third] = [await context.open(), await context.open()]
    const others = [second.store.leadership, third.store.leadership]
    const led = vi.fn()
    for (const other of others) other.onLead(led)
    expect(others.map(({ leads }) => leads())).toEqual([false, false])
    await context.close(context.store)
    await vi.waitFor(
      () => {
        expect(others.filter(({ leads }) => leads())).toHaveLength(1)
      },
      { timeout: 5_000 },
    )
    expect(led).toHaveBeenCalledTimes(1)
  })

  it('one leads, also after it has lost its connection', async () => {
    await using context = await openStores('PostgreSQL')
    const second = await context.open()
    const both = [context.store.leadership, second.store.leadership]
    for (let round = 0; round < 3; round++) {
      await endLeader(context.databaseUrl)
      await vi.waitFor(
        () => {
          expect(both.filter(({ leads }) => leads())).toHaveLength(1)
        },
        { timeout: 5_000 },
      )
    }
  })

  it('each follows the clock of the database, though it is idle', async () => {
    await using context = await openStores('PostgreSQL')
    const before = context.store.now()
    await context.advance(HOUR_MS)
    const ahead = () => context.store.now() - before
    await expect.poll(ahead, { timeout: 5_000 }).toBeGreaterThan(HOUR_MS - 1_000)
  })
})

describe.runIf(isThere)('a process that', () => {
  it('gets no answer of the database knows for how long', async () => {
    await using relay = await startRelay(await emptyPostgres())
    const limits = { databaseBusyTimeoutMs: 500 }
    await using context = await openStores('PostgreSQL', { databaseUrl: relay.url, limits })
    const { reach } = context.store
    expect(reach?.silentMs).toBeLessThan(2_000)
    relay.silence()
    await expect.poll(() => reach?.silentMs, { timeout: 10_000 }).toBeGreaterThan(2_000)
    expect(reach?.isDown).toBe(false)
    const waiting = context.store.sessions.find('x')
    reach?.cut()
    await expect(waiting).rejects.toThrow()
    relay.speak()
    await expect.poll(() => reach?.silentMs, { timeout: 10_000 }).toBeLessThan(1_000)
    expect(await context.store.sessions.find('x')).toBeUndefined()
  })

  it('is refused by the machine of the database knows that it is down', async () => {
    await using relay = await startRelay(await emptyPostgres())
    await using context = await openStores('PostgreSQL', { databaseUrl: relay.url })
    const { reach } = context.store
    await relay.stop()
    await expect.poll(() => reach?.isDown, { timeout: 10_000 }).toBe(true)
    expect(reach?.silentMs).toBeGreaterThan(0)
    await relay.listen()
    await expect.poll(() => reach?.isDown, { timeout: 10_000 }).toBe(false)
  })
})
