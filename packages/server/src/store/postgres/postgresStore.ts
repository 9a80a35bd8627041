import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { countDown } from '../../shared/countDown.js'
import { OptionError } from '../../shared/optionError.js'
import { settledWithin } from '../../shared/settledWithin.js'
import { shownUrl } from '../../shared/shownUrl.js'
import { createOperations } from '../operations.js'
import { forApps } from '../refuseOwnTables.js'
import { createSessionClock, idleMsOf } from '../sessionClock.js'
import type { Schema } from '../sqlite/schema.js'
import type { StoreDeps } from '../sqlite/sqliteStore.js'
import type { Store } from '../store.js'
import { createStoreBounds } from '../storeBounds.js'
import { watchStoreSize } from '../storeSize.js'
import { WriteHealth } from '../writeHealth.js'
import { DatabaseReach } from './databaseReach.js'
import { DatabaseWatch } from './databaseWatch.js'
import { kyselyOf } from './kyselyOf.js'
import { migrate, oneAfterTheOther, patient } from './migrate.js'
import { PendingStatements } from './pendingStatements.js'
import { openConnections } from './pool.js'
import type { Connections } from './pool.js'
import { createPostgresKnownSessions } from './postgresKnownSessions.js'
import { PostgresLimits } from './postgresLimits.js'
import { createPostgresReads } from './postgresReads.js'
import { createPostgresWriter } from './postgresWriter.js'
import { ProcessNews } from './processNews.js'
import type { Query } from './query.js'
import { requireOwnConnections } from './requireOwnConnections.js'
import { ServerWatch } from './serverWatch.js'
import { SharedUsage } from './sharedUsage.js'
import { watchStandbys } from './watchStandbys.js'

/**
 * How many connections a process has: for reads and for what an app does with its tables; and one for
 * each of the four queues of writes, for limits, for what sessions store, and for known sessions, which
 * an app that holds all of the others must not block. Beside them are one for news and one for the watch.
 */
const READ_CONNECTIONS = 10
const WRITE_CONNECTIONS = 7

/** The oldest version with all that the statements use: `server_version_num`. */
const MIN_VERSION = 140_000

/**
 * Opens a store in a PostgreSQL database.
 *
 * @throws {OptionError} for a database that cannot be used; the message has no password
 */
export async function openPostgresStore(deps: StoreDeps): Promise<Store> {
  const health = new WriteHealth(deps.limits)
  const { databaseUrl, limits } = deps
  const server = new ServerWatch(limits.databaseBusyTimeoutMs)
  const reach = new DatabaseReach()
  const options = {
    ...{ databaseUrl, busyTimeoutMs: limits.databaseBusyTimeoutMs, server },
    pending: new PendingStatements(limits.databaseBusyTimeoutMs),
    onAnswer: reach.answered,
  }
  const onFailure = health.noteFailure
  const ignore = (): void => undefined
  const pools = {
    reads: await openConnections({ ...options, max: READ_CONNECTIONS, onFailure: ignore }),
    writes: await openConnections({ ...options, max: WRITE_CONNECTIONS, onFailure }),
  }
  let watch: DatabaseWatch | undefined
  try {
    await prepare(pools.reads)
    const database = kyselyOf<Schema>(pools.reads)
    watch = await DatabaseWatch.open({ ...options, reach, log: deps.log })
    return await openOver(deps, { ...pools, server, database, health, reach, watch })
  } catch (error) {
    await Promise.all([watch?.close(), pools.reads.end(), pools.writes.end()])
    throw openingFailure(databaseUrl, error)
  }
}

interface Opened {
  readonly reads: Connections
  readonly writes: Connections
  readonly server: ServerWatch
  readonly database: Kysely<Schema>
  readonly health: WriteHealth
  readonly reach: DatabaseReach
  readonly watch: DatabaseWatch
}

async function openOver(
  deps: StoreDeps,
  { reads, writes, server, database, health, reach, watch }: Opened,
): Promise<Store> {
  const { databaseUrl, redisUrl, limits, metrics, log } = deps
  const query: Query = async <Row>(text: string, values?: readonly unknown[]) =>
    (await reads.query<Row>(text, values)).rows
  const write: Query = async <Row>(text: string, values?: readonly unknown[]) =>
    (await writes.query<Row>(text, values)).rows
  const node = randomUUID()
  const busyTimeoutMs = limits.databaseBusyTimeoutMs
  const epoch = await readEpoch(query)
  const from = { databaseUrl, redisUrl, service: epoch, busyTimeoutMs }
  const news = await ProcessNews.open({ ...from, node, query, server, log })
  const readSize = (): Promise<number> => readBytes(query)
  const size = await watchStoreSize({ readBytes: readSize, limits, log }).catch(closing(news))
  const stopWatching = await watchStandbys({ query, intervalMs: limits.sweepIntervalMs, log })
  const idleMs = idleMsOf(deps.sessionIdleDays)
  const writer = createPostgresWriter({
    ...{ node, time: watch.time, idleMs, limits, connections: writes },
    clock: createSessionClock(deps, watch.time.now),
    bounds: createStoreBounds(size, limits, metrics, new SharedUsage(write, limits)),
    tellWithin: news.tellWithin,
    tellAfter: news.tellAfter,
  })
  const { tryToWrite, tellEvent, countPending, ...operations } = createOperations(
    { ...deps, writer, epoch },
    createPostgresReads({ query, epoch, idleMs, limits }),
  )
  return {
    ...operations,
    rooms: { ...operations.rooms, follow: news.buses.follow },
    events: {
      hasPeers: () => news.buses.peers.mayExist(),
      tell: tellEvent,
      pass: news.pass,
      processes: () => 1 + news.buses.peers.count(),
    },
    bus: news.state,
    strictLimits: new PostgresLimits(write, limits),
    knownSessions: createPostgresKnownSessions(query, write),
    database: forApps(database),
    async createTables(create) {
      const connection = await reads.connect()
      try {
        await oneAfterTheOther(connection, () => create(forApps(kyselyOf(patient(reads)))))
      } finally {
        connection.release(true) // so that the lock ends in any case
      }
    },
    get bytes() {
      return size.bytes
    },
    get pendingCommits() {
      return countPending()
    },
    walBytes: () => Promise.resolve(0),
    now: watch.time.now,
    reach: reach.over([reads, writes, watch]),
    leadership: watch,
    onNews: (listener) => {
      news.onNews(listener)
    },
    onPossibleLoss: (listener) => {
      server.onPossibleLoss(listener)
    },
    readNews: () => news.look(),
    requireWritable: () => health.requireWritable(tryToWrite),
    async close() {
      size.close()
      stopWatching()
      const leftMs = countDown(limits.closeGraceMs) // for all of it
      await Promise.all([news.close(leftMs), watch.close()])
      await endAll([reads, writes], reach.isSilent ? 0 : leftMs())
      await database.destroy()
    },
  }
}

/** Closes what has been opened before a failure, and passes the failure on. */
function closing(news: ProcessNews): (error: unknown) => Promise<never> {
  return async (error) => {
    await news.close(() => 0)
    throw error
  }
}

/** Ends connections. Statements that do not end within the time fail. */
async function endAll(all: readonly Connections[], graceMs: number): Promise<void> {
  const ended = Promise.all(all.map((one) => one.end()))
  await settledWithin(ended, graceMs)
  for (const one of all) one.cut()
}

/** Checks the database, and migrates it. */
async function prepare(connections: Connections): Promise<void> {
  await requireOwnConnections(connections)
  const connection = await connections.connect()
  try {
    const { rows } = await connection.query<{ version: number; encoding: string }>(
      `select current_setting('server_version_num')::int as version,
         current_setting('server_encoding') as encoding`,
    )
    const { version = 0, encoding = '' } = rows[0] ?? {}
    if (version < MIN_VERSION) {
      throw new OptionError('databaseUrl names a PostgreSQL before version 14, which is too old')
    }
    if (encoding !== 'UTF8') {
      throw new OptionError(
        `databaseUrl names a database with the encoding ${encoding}; create it with: encoding 'UTF8' template template0`,
      )
    }
    await migrate(connection)
  } finally {
    connection.release(true) // its settings were changed
  }
}

async function readEpoch(query: Query): Promise<string> {
  const [row] = await query<{ epoch: string }>('select epoch from yektayar.store')
  if (!row) throw new Error('The store has no row about itself')
  return row.epoch
}

/** The size of the store's own tables, with their indexes. */
async function readBytes(query: Query): Promise<number> {
  const [row] = await query<{ bytes: number }>(
    `select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint as bytes from pg_class
     where relnamespace = 'yektayar'::regnamespace and relkind = 'r'`,
  )
  return row?.bytes ?? 0
}

/** The error for a database that could not be opened; it contains no password. */
function openingFailure(databaseUrl: string, cause: unknown): unknown {
  if (cause instanceof OptionError) return cause
  const what = cause instanceof Error ? cause.message : String(cause)
  return new Error(`The database ${shownUrl(databaseUrl)} cannot be opened: ${what}`, { cause })
}
