import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../../shared/limits.js'
import type { Metrics } from '../../shared/metrics.js'
import { createSessionClock } from '../sessionClock.js'
import type { SessionTimes } from '../sessionClock.js'
import type { Store } from '../store.js'
import { createStoreBounds } from '../storeBounds.js'
import { watchStoreSize } from '../storeSize.js'
import { storeTime } from '../storeTime.js'
import { WriteHealth } from '../writeHealth.js'
import { createFileHints } from './fileHints.js'
import { openDatabase } from './openDatabase.js'
import { createOperations } from './operations.js'
import { createSqliteWriter } from './sqliteWriter.js'
import { selectBytes, selectEpoch } from './storeQueries.js'

/** What a store is opened with. */
export interface StoreOptions extends SessionTimes {
  /** `sqlite:<path>` or `sqlite::memory:`. */
  databaseUrl: string
  /** Told of messages once they are committed, each room's in order. */
  onAppended(this: void, messages: readonly RoomMessage[]): void
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/** Opens a store in an SQLite file. */
export async function openSqliteStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, limits, metrics, log } = options
  const health = new WriteHealth(limits)
  const { noteFailure } = health
  const database = await openDatabase(databaseUrl, limits.databaseBusyTimeoutMs, noteFailure)
  const hints = createFileHints(database, limits.storePollMs, log)
  const epoch = await selectEpoch(database)
  const size = await watchStoreSize({ readBytes: () => selectBytes(database), limits, log })
  const clock = createSessionClock(options)
  const bounds = createStoreBounds(size, limits, metrics)
  const writer = createSqliteWriter(database, { clock, limits, bounds })
  const { tryToWrite, ...operations } = createOperations({
    ...options,
    database,
    writer,
    epoch,
    clock,
  })
  return {
    ...operations,
    database,
    get bytes() {
      return size.bytes
    },
    now: storeTime,
    onNews: hints.onNews,
    requireWritable: () => health.requireWritable(tryToWrite),
    async close() {
      hints.close()
      size.close()
      await database.destroy()
    },
  }
}
