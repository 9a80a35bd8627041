import { stat } from 'node:fs/promises'
import { Kysely, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Limits } from '../src/index.js'
import { openSqlite } from '../src/store/sqlite/openSqlite.js'
import type { Schema } from '../src/store/sqlite/schema.js'
import { LockingSqliteDialect } from '../src/store/sqlite/sqliteDialect.js'
import { queryPostgres } from './support/queryPostgres.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { describeSqlite, itSqlite } from './support/sqliteOnly.js'
import { isOnPostgres } from './support/testDatabase.js'

/** A server on a database file, with functions that limit its disk. */
async function startOnDisk(limits: Partial<Limits> = {}) {
  const directory = await temporaryDirectory()
  const context = await startServer({ databaseUrl: directory.databaseUrl, limits })
  const store = context.server.database
  const ready = async () => {
    const response = await fetch(`${context.url}/ready`)
    return { status: response.status, body: await response.json() }
  }
  return {
    server: context.server,
    ready,
    logSize: async () => (await stat(`${directory.databasePath}-wal`)).size,
    acquire: async () => (await fetch(`${context.url}/api/session/acquire`, post)).status,
    limitPages: async (count: number) => {
      await sql`PRAGMA max_page_count = ${sql.lit(count)}`.execute(store)
    },
    makeReadOnly: async () => {
      if (isOnPostgres) await refuseWrites(directory.databaseUrl)
      else await sql`PRAGMA query_only = 1`.execute(store)
    },
    async [Symbol.asyncDispose]() {
      await context[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** Refuses writes in a database, as after a failover to a server that is still a standby. */
async function refuseWrites(databaseUrl: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1)
  await queryPostgres(
    databaseUrl,
    `alter database "${name}" set default_transaction_read_only = on`,
  )
  await queryPostgres(
    databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  )
}

const post = { method: 'POST' }
const MORE_PAGES = 1_000_000
const unwritable = { status: 503, body: { error: { code: 'store_unavailable', retryable: true } } }

/** Writes until the store has no free page left. */
async function fill({ server, limitPages }: Awaited<ReturnType<typeof startOnDisk>>) {
  await limitPages(1) // SQLite raises this to the current number of pages
  for (;;) {
    try {
      await server.publish('public:lobby', 'x'.repeat(10_000))
    } catch (error) {
      expect(error).toMatchObject({
        code: 'store_unavailable',
        cause: expect.objectContaining({ code: 'SQLITE_FULL' }) as Error,
      })
      return
    }
  }
}

describeSqlite('a server whose disk is full', () => {
  it('is not ready, and is again once there is room', async () => {
    await using context = await startOnDisk({ writeProbeIntervalMs: 1 })
    expect((await context.ready()).status).toBe(200)
    await fill(context)
    for (let look = 0; look < 3; look++) expect(await context.ready()).toMatchObject(unwritable)
    expect((await context.server.sessions.find('')) ?? 'read').toBe('read')

    await context.limitPages(MORE_PAGES)
    expect((await context.ready()).status).toBe(200)
    expect(await context.acquire()).toBe(200)
  })

  it('does not try to write each time that it is asked', async () => {
    await using context = await startOnDisk({ writeProbeIntervalMs: 60_000 })
    await fill(context)
    expect(await context.ready()).toMatchObject(unwritable)
    await context.limitPages(MORE_PAGES)
    expect(await context.ready()).toMatchObject(unwritable) // the last probe was only a moment ago
  })
})

describe('a server whose store is read only', () => {
  it('is not ready once a write has failed', async () => {
    await using context = await startOnDisk({ writeProbeIntervalMs: 1 })
    await context.makeReadOnly()
    expect(await context.acquire()).toBe(503)
    expect(await context.ready()).toMatchObject(unwritable)
  })
})

/** Resolves with the size once two reads, 200 ms apart, agree. */
async function sizeAtRest(read: () => Promise<number>): Promise<number> {
  for (let before = -1; ;) {
    const size = await read()
    if (size === before) return size
    before = size
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

describe('a server whose store can be written', () => {
  itSqlite('writes nothing to say that it is ready', async () => {
    await using context = await startOnDisk()
    await context.acquire()
    const before = await sizeAtRest(context.logSize)
    for (let look = 0; look < 20; look++) expect((await context.ready()).status).toBe(200)
    expect(await context.logSize()).toBe(before)
  })

  it('is ready also where one statement was at fault', async () => {
    await using context = await startOnDisk({ writeProbeIntervalMs: 60_000 })
    const store = context.server.database
    await expect(sql`insert into nowhere values (1)`.execute(store)).rejects.toThrow('nowhere')
    expect((await context.ready()).status).toBe(200)
  })
})

describeSqlite('a transaction that cannot be rolled back', () => {
  /** A store whose next ROLLBACK fails. */
  function openBroken() {
    const sqlite = openSqlite(':memory:')
    let failures = 0
    const broken = Object.create(sqlite, {
      execute: {
        value: (text: string) => {
          if (text !== 'ROLLBACK' || failures++ > 0) sqlite.execute(text)
          else throw new Error('The rollback failed')
        },
      },
    }) as typeof sqlite
    const dialect = new LockingSqliteDialect({ database: broken, busyTimeoutMs: 1_000 })
    const database = new Kysely<Schema>({ dialect })
    return {
      database,
      rows: async () => (await sql`select * from t`.execute(database)).rows,
      prepare: () => sql`create table t (a unique)`.execute(database),
    }
  }

  it.each(['in a transaction', 'in one that is ended by hand', 'alone'])(
    'tells the first error, and commits nothing of it: %s',
    async (how) => {
      const { database, rows, prepare } = openBroken()
      await prepare()
      await sql`insert into t values (1)`.execute(database)
      const insertTwice = async (transaction: Kysely<Schema>): Promise<void> => {
        await sql`insert into t values (2)`.execute(transaction)
        await sql`insert into t values (1)`.execute(transaction)
      }
      const fail = async (): Promise<unknown> => {
        if (how === 'in a transaction') return database.transaction().execute(insertTwice)
        if (how === 'alone') return sql`insert into t values (2), (1)`.execute(database)
        const transaction = await database.startTransaction().execute()
        try {
          await insertTwice(transaction)
        } catch (error) {
          await transaction.rollback().execute()
          throw error
        }
        return undefined
      }
      await expect(fail()).rejects.toThrow(/UNIQUE/)
      await sql`insert into t values (3)`.execute(database)
      expect(await rows()).toEqual([{ a: 1 }, { a: 3 }])
      await expect(fail()).rejects.toThrow(/UNIQUE/)
      await database.transaction().execute(() => Promise.resolve())
      expect(await rows()).toEqual([{ a: 1 }, { a: 3 }])
      await database.destroy()
    },
  )
})
