import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { Kysely } from 'kysely'
import type { Limits } from '../../shared/limits.js'
import type { Metrics } from '../../shared/metrics.js'
import type { StoreWriter } from '../runGroup.js'
import { createOperations } from '../operations.js'
import { forApps } from '../refuseOwnTables.js'
import { createSessionClock } from '../sessionClock.js'
import type { SessionTimes } from '../sessionClock.js'
import type { Store } from '../store.js'
import { createStoreBounds } from '../storeBounds.js'
import { createKnownSessions } from '../knownSessions.js'
import { createLocalLimits } from '../strictLimits.js'
import { watchStoreSize } from '../storeSize.js'
import type { StoreSize } from '../storeSize.js'
import { storeTime } from '../storeTime.js'
import { WriteHealth } from '../writeHealth.js'
import { NewsReader } from './commitNews.js'
import { createFileHints } from './fileHints.js'
import { openDatabase, openReader } from './openDatabase.js'
import type { Database } from './openDatabase.js'
import { openingFailure } from './openingFailure.js'
import { createSqliteReads } from './sqliteReads.js'
import { createSqliteWriter } from './sqliteWriter.js'
import type { Schema } from './schema.js'
import { isInMemory, pathOf } from './sqliteUrl.js'
import { selectBytes, selectDataVersion, selectEpoch } from './storeQueries.js'
import { ThreadDialect } from './threadDialect.js'
import { threadFile } from './threadFile.js'
import { ThreadLink } from './threadLink.js'
import { createThreadWriter } from './threadWriter.js'

/** Each process commits something at each sweep; one that did not for so many is gone. */
const SWEEPS_OF_PEERS = 2

/** Options of a store. */
export interface StoreDeps extends SessionTimes {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  databaseUrl: string
  /** Of a Redis that carries news between processes; only with PostgreSQL. @default none */
  redisUrl?: string | undefined
  /** Called with committed messages, in the order of each room. */
  onAppended(this: void, messages: readonly RoomMessage[]): void
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/**
 * Opens a store in an SQLite file.
 *
 * @throws {OptionError} where no database can be, or another one is
 */
export async function openSqliteStore(deps: StoreDeps): Promise<Store> {
  const { limits, log } = deps
  const health = new WriteHealth(limits)
  const open = runsInThread(deps) ? openInThread : openOnLoop
  const opened = await open(deps, health).catch((error: unknown) => {
    throw openingFailure(deps.databaseUrl, error)
  })
  const { reader, writer, database, size, close } = opened
  const news = new NewsReader(reader, opened.node)
  const from = { readVersion: opened.readVersion, reader: news }
  const hints = createFileHints(from, limits.storePollMs, log)
  const epoch = await selectEpoch(reader)
  const clock = createSessionClock(deps)
  const { tryToWrite, tellEvent, countPending, ...operations } = createOperations(
    { ...deps, writer, epoch },
    createSqliteReads({ database: reader, epoch, clock, limits }),
  )
  return {
    ...operations,
    events: {
      hasPeers: () => news.hasHeardOfOthers(SWEEPS_OF_PEERS * limits.sweepIntervalMs),
      tell: tellEvent,
      pass: (event) => void tellEvent(event).catch(() => undefined), // by the failure of other writes
      processes: () => 1,
    },
    strictLimits: createLocalLimits(limits),
    knownSessions: createKnownSessions(limits.maxCounted),
    database: forApps(database),
    async createTables(create) {
      await create(forApps(database)) // each statement locks the file
    },
    get bytes() {
      return size.bytes
    },
    get pendingCommits() {
      return countPending()
    },
    walBytes: () => walBytesOf(deps),
    now: storeTime,
    reach: undefined,
    leadership: { leads: () => true, onLead: () => undefined },
    onNews: hints.onNews,
    onPossibleLoss: () => undefined, // a file that is in use does not go back
    readNews: hints.look,
    requireWritable: () => health.requireWritable(tryToWrite),
    async close() {
      hints.close()
      size.close()
      await close()
    },
  }
}

/** What the disk has of it now: a file that is gone was moved into the store as a whole. */
async function walBytesOf({ databaseUrl }: StoreDeps): Promise<number> {
  if (isInMemory(databaseUrl)) return 0
  try {
    return (await stat(`${pathOf(databaseUrl)}-wal`)).size
  } catch {
    return 0
  }
}

/** The connections of a store. */
interface Opened {
  /** The connection from which the event loop reads. */
  readonly reader: Database
  readonly writer: StoreWriter
  /** For an app's own tables. */
  readonly database: Database
  readonly size: StoreSize
  /** The id of this process, which marks its commits. */
  readonly node: string | undefined
  readVersion(this: void): Promise<number>
  close(this: void): Promise<void>
}

/** Whether to use a thread. A database in memory needs none, and a thread could not share it. */
function runsInThread({ databaseUrl, log }: StoreDeps): boolean {
  if (isInMemory(databaseUrl)) return false
  if (existsSync(threadFile)) return true
  log.warn(
    { file: threadFile.pathname },
    'the file for the thread of the store is missing, perhaps in a bundle: writes run on the event loop',
  )
  return false
}

async function openOnLoop(
  { databaseUrl, limits, metrics, log, ...times }: StoreDeps,
  { noteFailure }: WriteHealth,
): Promise<Opened> {
  const database = await openDatabase(databaseUrl, limits.databaseBusyTimeoutMs, noteFailure)
  const size = await watchStoreSize({ readBytes: () => selectBytes(database), limits, log })
  const clock = createSessionClock(times)
  const node = isInMemory(databaseUrl) ? undefined : randomUUID()
  const bounds = createStoreBounds(size, limits, metrics)
  return {
    reader: database,
    writer: createSqliteWriter(database, { node, clock, limits, bounds }),
    database,
    size,
    node,
    readVersion: () => selectDataVersion(database),
    close: () => database.destroy(),
  }
}

async function openInThread(deps: StoreDeps, { noteFailure }: WriteHealth): Promise<Opened> {
  const { databaseUrl, sessionTtlDays, sessionIdleDays, limits, metrics, log } = deps
  const node = randomUUID()
  const link = await ThreadLink.open({
    settings: { databaseUrl, node, sessionTtlDays, sessionIdleDays, limits },
    onFailure: noteFailure,
    onRefused: metrics.refused,
    log,
  })
  try {
    return { ...(await openBeside(link, deps)), node }
  } catch (error) {
    await link.close(limits.closeGraceMs)
    throw error
  }
}

/** Opens the reader in addition to a thread that has opened the store. */
async function openBeside(
  link: ThreadLink,
  { databaseUrl, limits, log }: StoreDeps,
): Promise<Omit<Opened, 'node'>> {
  const reader = openReader(databaseUrl)
  const size = await watchStoreSize({ readBytes: () => selectBytes(reader), limits, log })
  return {
    reader,
    writer: createThreadWriter(link, () => size.isFull),
    database: new Kysely<Schema>({ dialect: new ThreadDialect(link) }),
    size,
    readVersion: () => link.ask({ op: 'readVersion' }),
    async close() {
      await reader.destroy() // first, so that the write-ahead log can be moved into the file
      await link.close(limits.closeGraceMs)
    },
  }
}
