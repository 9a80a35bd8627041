import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Limits } from '../../src/index.js'
import { createSessionClock, idleMsOf } from '../../src/store/sessionClock.js'
import type { SessionTimes } from '../../src/store/sessionClock.js'
import type { StoreBounds } from '../../src/store/storeBounds.js'
import type { Schema } from '../../src/store/sqlite/schema.js'
import { DatabaseTime } from '../../src/store/postgres/databaseTime.js'
import { migrate } from '../../src/store/postgres/migrate.js'
import { PendingStatements } from '../../src/store/postgres/pendingStatements.js'
import { openConnections } from '../../src/store/postgres/pool.js'
import { createPostgresReads } from '../../src/store/postgres/postgresReads.js'
import { createPostgresWriter } from '../../src/store/postgres/postgresWriter.js'
import type { Query } from '../../src/store/postgres/query.js'
import { ServerWatch } from '../../src/store/postgres/serverWatch.js'
import { emptyPostgres } from './testDatabase.js'

/** What the parts of a store in PostgreSQL are opened with. */
export interface PostgresPartsOptions {
  /** @default a new database */
  databaseUrl: string | undefined
  node: string
  limits: Limits
  bounds: StoreBounds
  times: SessionTimes
}

/** The writer and the reads of a store in PostgreSQL, and its tables. */
export async function openPostgresParts(options: PostgresPartsOptions) {
  const { node, limits, bounds, times } = options
  const databaseUrl = options.databaseUrl ?? (await emptyPostgres())
  const ignore = () => undefined
  const busyTimeoutMs = 5_000
  const deps = { databaseUrl, busyTimeoutMs, server: new ServerWatch(busyTimeoutMs) }
  const connections = await openConnections({
    ...deps,
    pending: new PendingStatements(busyTimeoutMs),
    max: 10,
    onAnswer: ignore,
    onFailure: ignore,
  })
  const database = tablesOf(databaseUrl)
  const connection = await connections.connect()
  await migrate(connection)
  connection.release(true) // its settings were changed
  const time = new DatabaseTime()
  const query: Query = async <Row>(...statement: Parameters<Query>) =>
    (await connections.query<Row>(...statement)).rows
  const sentAt = performance.now()
  const [row] = await query<{ epoch: string; now: number }>(
    'select epoch, yektayar.now_ms() as now from yektayar.store',
  )
  const { epoch = '', now = 0 } = row ?? {}
  time.observe(now, sentAt)
  const idleMs = idleMsOf(times.sessionIdleDays)
  return {
    database,
    epoch,
    reads: createPostgresReads({ query, epoch, idleMs, limits }),
    writer: createPostgresWriter({
      ...{ node, time, idleMs, limits, bounds, connections },
      clock: createSessionClock(times, time.now),
      tellWithin: () => Promise.resolve(),
      tellAfter: ignore,
    }),
    close: async (): Promise<void> => {
      await Promise.all([connections.end(), database.destroy()])
    },
  }
}

/** The tables of the store, which `search_path` of the database finds. */
function tablesOf(connectionString: string): Kysely<Schema> {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  const pool = new pg.Pool({ connectionString, types, allowExitOnIdle: true })
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
}
