import { describe, expect, it } from 'vitest'
import { createServer } from '../../src/index.js'
import type { RightsChange } from '../../src/store/store.js'
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
import { queryPostgres } from '../support/queryPostgres.js'
import { startRelay } from '../support/relay.js'
import { acquire, startServer } from '../support/server.js'
import { emptyPostgres } from '../support/testDatabase.js'

const isThere = kinds.length > 1

/** Ends all connections of servers to a database, as a restart of PostgreSQL does. */
function cutConnections(databaseUrl: string) {
  return queryPostgres(
    databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'yektayar'`,
  )
}

describe.runIf(isThere)('a store in PostgreSQL', () => {
  it('serves an app by its address alone', async () => {
    const databaseUrl = await emptyPostgres()
    const first = await startServer({ databaseUrl })
    const { token } = await acquire(first.url)
    await first[Symbol.asyncDispose]()
    await using context = await startServer({ databaseUrl })
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${context.url}/api/session`, { headers })
    expect(response.status).toBe(200)
    const tokens = await queryPostgres(databaseUrl, 'select * from yektayar.session_tokens')
    expect(JSON.stringify(tokens)).not.toContain(token)
  })

  it('opens where it may wait without end', async () => {
    await using context = await openStores('PostgreSQL', {
      limits: { databaseBusyTimeoutMs: Infinity },
    })
    await publish(context.store, 'a')
    expect(await textsOf(context.store)).toEqual(['a'])
  })

  it('leaves no connection behind when it cannot be opened', async () => {
    const databaseUrl = await emptyPostgres()
    await (await startServer({ databaseUrl }))[Symbol.asyncDispose]()
    await queryPostgres(databaseUrl, 'alter table yektayar.rights rename to lost')
    await expect(createServer({ databaseUrl })).rejects.toThrow('rights')
    const count = `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name = 'yektayar'`
    await expect.poll(() => queryPostgres(databaseUrl, count)).toEqual([{ count: 0 }])
  })

  it('leaves the tables of an app alone, whatever their names', async () => {
    const databaseUrl = await emptyPostgres()
    await queryPostgres(databaseUrl, 'create table sessions (id int); create table rooms (id int)')
    await using context = await startServer({ databaseUrl })
    await context.acquire()
    expect(await queryPostgres(databaseUrl, 'select * from sessions')).toEqual([])
  })

  it('shows no password when it cannot be reached', async () => {
    const options = { port: 0, logLevel: 'silent' } as const
    for (const address of ['127.0.0.1:1', 'nowhere.invalid']) {
      const databaseUrl = `postgres://me:a-secret@${address}/db?password=another`
      const failure = await createServer({ ...options, databaseUrl }).catch(
        (error: unknown) => error,
      )
      expect(String(failure)).toMatch(/cannot be opened: .*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)/)
      expect(String(failure)).not.toMatch(/a-secret|another/)
    }
    const wrong = createServer({ ...options, databaseUrl: 'postgres://me:a-secret@host:port/db' })
    await expect(wrong).rejects.toThrow('databaseUrl is "postgres://…@host:port/db"; allowed:')
  })

  it('refuses a database of a newer version, and changes nothing in it', async () => {
    const databaseUrl = await emptyPostgres()
    {
      await using _context = await startServer({ databaseUrl })
    }
    await queryPostgres(
      databaseUrl,
      `insert into yektayar.kysely_migration (name, timestamp) values ('9999_later', '2099')`,
    )
    const starting = createServer({ port: 0, logLevel: 'silent', databaseUrl })
    await expect(starting).rejects.toThrow(
      'a newer version of @yektayar/server (it has 9999_later)',
    )
  })

  it('repeats a change of rights that could not be taken, as when the database has failed', async () => {
    await using context = await openStores('PostgreSQL')
    const other = await context.open()
    const taken: RightsChange[] = []
    let hasFailed = false
    other.store.onNews(({ rights }) => {
      if (rights.length > 0 && !hasFailed) {
        hasFailed = true
        return Promise.reject(new Error('The database is gone'))
      }
      taken.push(...rights)
      return Promise.resolve()
    })
    const change = { kind: 'remove', room: ROOM, member: 'user:sara' } as const
    await context.store.rooms.tellRights(change)
    await expect.poll(() => taken, { timeout: 15_000 }).toEqual([change])
    expect(hasFailed).toBe(true)
  })

  it('goes on after its connections were ended', async () => {
    await using context = await openStores('PostgreSQL')
    const { store, open } = context
    const other = await open()
    const session = await begin(store)
    await deliver(store, session, 'box', itemsOf(1, ['a']))
    await cutConnections(context.databaseUrl)
    const tries = async <Value>(work: () => Promise<Value>): Promise<Value> => {
      for (;;) {
        try {
          return await work()
        } catch (error) {
          expect(error).toMatchObject({ code: 'store_unavailable' })
        }
      }
    }
    await tries(() => deliver(store, session, 'box', itemsOf(1, ['a', 'b'])))
    expect(await textsOf(store)).toEqual(['a', 'b'])
    other.news.length = 0
    const hears = () => other.news.some(({ rooms }) => rooms === undefined || rooms.has(ROOM))
    await expect.poll(hears, { timeout: 10_000 }).toBe(true)
    await expect.poll(() => store.requireWritable(), { timeout: 10_000 }).toBeUndefined()
  })

  it('is unavailable while it is out of reach, and hears again what it has missed', async () => {
    const databaseUrl = await emptyPostgres()
    const relay = await startRelay(databaseUrl)
    await using context = await openStores('PostgreSQL', { databaseUrl: relay.url })
    await using near = await openStores('PostgreSQL', { databaseUrl })
    const { store } = context
    await publish(store, 'before')
    await relay.stop()
    await expect(publish(store, 'lost')).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(store.requireWritable()).rejects.toMatchObject({ code: 'store_unavailable' })
    await near.store.rooms.tellRights({ kind: 'remove', room: ROOM, member: 'sara' })
    await publish(near.store, 'missed')
    context.news.length = 0
    await relay.listen()
    const rights = () => context.news.flatMap((one) => one.rights)
    await expect.poll(rights, { timeout: 15_000 }).toHaveLength(1)
    expect(context.news.some(({ rooms }) => rooms === undefined)).toBe(true)
    expect(await publish(store, 'after')).toMatchObject({ seq: 3 })
    await relay.stop()
  })

  it('ignores the clock of this machine', async () => {
    await using context = await openStores('PostgreSQL')
    const { store } = context
    const { createdAt } = await begin(store)
    const [row] = await queryPostgres(context.databaseUrl, 'select yektayar.now_ms() as now')
    expect(Math.abs(createdAt - Number(row?.now))).toBeLessThan(5_000)
    await context.advance(3_600_000)
    await begin(store)
    expect(Math.abs(store.now() - createdAt - 3_600_000)).toBeLessThan(5_000)
  })
})
