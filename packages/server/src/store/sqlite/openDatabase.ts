import { Kysely, SqliteDialect } from 'kysely'
import { migrate } from './migrate.js'
import type { Schema } from './schema.js'
import { openSqlite, openSqliteReader } from './openSqlite.js'
import { allowReadingAtOnce } from './readAtOnce.js'
import { LockingSqliteDialect } from './sqliteDialect.js'
import { pathOf } from './sqliteUrl.js'

/** The open store. */
export type Database = Kysely<Schema>

/**
 * Opens the store, makes its directory where it is missing, and migrates it.
 *
 * @param url `sqlite:<path>` or `sqlite::memory:`
 * @param busyTimeoutMs how long to wait for another process's lock
 * @param onWriteFailure told of each error of what writes
 */
export async function openDatabase(
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

/** Opens a store that is open already, only to read it. */
export function openReader(url: string): Database {
  const sqlite = openSqliteReader(pathOf(url))
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) })
  allowReadingAtOnce(database, sqlite.readAtOnce)
  return database
}
