import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, SqliteDialect } from 'kysely'
import { isLocked } from '../storeFailure.js'
import { migrate } from './migrate.js'
import type { Schema } from './schema.js'
import { openSqlite, openSqliteReader } from './openSqlite.js'
import { allowReadingAtOnce } from './readAtOnce.js'
import { LockingSqliteDialect } from './sqliteDialect.js'
import { pathOf } from './sqliteUrl.js'

/** The pause between two tries to open. */
const PAUSE_MS = 10

/** The open database. */
export type Database = Kysely<Schema>

/**
 * Opens the database, creates its directory if it does not exist, and migrates it.
 *
 * @param url `sqlite:<path>` or `sqlite::memory:`
 * @param busyTimeoutMs how long to wait for another process's lock
 * @param onWriteFailure called with each error of a write
 */
export async function openDatabase(
  url: string,
  busyTimeoutMs: number,
  onWriteFailure?: (error: unknown) => void,
): Promise<Database> {
  // Another process may open it at the same time, and have it for itself while it creates the log.
  const end = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      return await openOnce(url, busyTimeoutMs, onWriteFailure)
    } catch (error) {
      if (!isLocked(error) || performance.now() >= end) throw error
      await sleep(PAUSE_MS)
    }
  }
}

async function openOnce(
  url: string,
  busyTimeoutMs: number,
  onWriteFailure?: (error: unknown) => void,
): Promise<Database> {
  const sqlite = openSqlite(pathOf(url))
  const dialect = new LockingSqliteDialect({ database: sqlite, busyTimeoutMs, onWriteFailure })
  const database = new Kysely<Schema>({ dialect })
  allowReadingAtOnce(database, sqlite.readAtOnce)
  try {
    await migrate(database)
  } catch (error) {
    await database.destroy()
    throw error
  }
  return database
}

/** Opens a database, which a writer has opened already, read-only. */
export function openReader(url: string): Database {
  const sqlite = openSqliteReader(pathOf(url))
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) })
  allowReadingAtOnce(database, sqlite.readAtOnce)
  return database
}
