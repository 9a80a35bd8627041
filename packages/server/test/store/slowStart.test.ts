import { setTimeout as pass } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { tables } from '../../src/index.js'
import { migrate } from '../../src/store/postgres/migrate.js'
import { PendingStatements } from '../../src/store/postgres/pendingStatements.js'
import { openConnections } from '../../src/store/postgres/pool.js'
import type { Connection } from '../../src/store/postgres/pool.js'
import { requireOwnConnections } from '../../src/store/postgres/requireOwnConnections.js'
import { ServerWatch } from '../../src/store/postgres/serverWatch.js'
import { kinds } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { startServer } from '../support/server.js'
import { emptyPostgres } from '../support/testDatabase.js'

/** Longer than a connection may be idle within a transaction. */
const STANDSTILL_MS = 2_500

// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an interface has no index signature
type Tables = { seeds: { text: string } }

/** Two connections to an empty database. */
async function openTwo() {
  const busyTimeoutMs = 60_000
  return openConnections({
    ...{ databaseUrl: await emptyPostgres(), max: 2, busyTimeoutMs },
    server: new ServerWatch(busyTimeoutMs),
    pending: new PendingStatements(busyTimeoutMs),
    onAnswer: () => undefined,
    onFailure: () => undefined,
  })
}

/** A connection after whose first matching statement the process stands still. */
function slowed(connection: Connection, pattern: RegExp) {
  let standstills = 0
  const query: Connection['query'] = async (text, ...rest) => {
    const result = await connection.query<never>(text, ...rest)
    if (pattern.test(text) && standstills++ === 0) await pass(STANDSTILL_MS)
    return result
  }
  return Object.assign({ ...connection, query }, { standstills: () => standstills })
}

describe.runIf(kinds.length > 1)('a process that starts on PostgreSQL', () => {
  it('may stand still while it looks for a pooler', async () => {
    const { connect, end } = await openTwo()
    const connections: ReturnType<typeof slowed>[] = []
    const slow = async () => {
      const connection = slowed(await connect(), /^begin/)
      connections.push(connection)
      return connection
    }
    await expect(requireOwnConnections({ connect: slow })).resolves.toBeUndefined()
    expect(connections.some(({ standstills }) => standstills() > 0)).toBe(true)
    await end()
  })

  it('may stand still while it creates its tables', async () => {
    const { connect, query, end } = await openTwo()
    const connection = slowed(await connect(), /^begin$/)
    await migrate(connection)
    expect(connection.standstills()).toBeGreaterThan(0)
    connection.release(true)
    expect((await query('select epoch from yektayar.store')).rows).toHaveLength(1)
    await end()
  })

  it('may stand still while its app creates tables, and is as strict as before afterwards', async () => {
    const app = tables<Tables>((database) =>
      database.transaction().execute(async (transaction) => {
        await transaction.schema.createTable('seeds').addColumn('text', 'text').execute()
        await pass(STANDSTILL_MS)
        await transaction.insertInto('seeds').values({ text: 'read from a file' }).execute()
      }),
    )
    await using context = await startServer({ databaseUrl: await emptyPostgres(), tables: app })
    const database = context.server.database.withTables<Tables>()
    expect(await database.selectFrom('seeds').selectAll().execute()).toHaveLength(1)
    const later = database.transaction().execute(async (transaction) => {
      await transaction.insertInto('seeds').values({ text: 'too slow' }).execute()
      await pass(STANDSTILL_MS)
      await transaction.selectFrom('seeds').selectAll().execute()
    })
    await expect(later).rejects.toThrow()
    expect(await database.selectFrom('seeds').selectAll().execute()).toHaveLength(1)
  })

  it('may wait for another one and change tables for longer than its role may work', async () => {
    const databaseUrl = await emptyPostgres()
    const name = new URL(databaseUrl).pathname.slice(1)
    await queryPostgres(databaseUrl, `alter database "${name}" set statement_timeout = '1s'`)
    const sleep = sql`select pg_sleep(1.3)`
    const app = tables<Tables>(async (database) => {
      await sleep.execute(database)
    })
    const other = new pg.Client({ connectionString: databaseUrl })
    await other.connect()
    await other.query('select pg_advisory_lock(7233985)')
    const starting = startServer({ databaseUrl, tables: app })
    const unlocking = pass(1_500).then(() => other.end())
    await using context = await starting
    await unlocking
    await expect(sleep.execute(context.server.database)).rejects.toThrow('statement timeout')
  })
})
