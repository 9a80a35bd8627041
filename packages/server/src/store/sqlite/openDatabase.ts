import { Kysely } from 'kysely'
import { OptionError } from '../../shared/optionError.js'
import { migrate } from './migrate.js'
import type { Schema } from './schema.js'
import { openSqlite } from './openSqlite.js'
import { allowReadingAtOnce } from './readAtOnce.js'
import { LockingSqliteDialect } from './sqliteDialect.js'

/** The open store. */
export type Database = Kysely<Schema>

/** A transaction in the store, for tables of an app's own: `transaction.withTables<{ … }>()`. */
export type StoreTransaction = Pick<Database, 'withTables'>

/**
 * Writes in a transaction that others may share: all of it or nothing. What is refused must be refused
 * before anything is written.
 *
 * @throws {CommandError} its own; `rate_limited` when too much waits; `store_unavailable`
 */
export type WriteTogether = <Result>(
  write: (transaction: Database) => Promise<Result>,
) => Promise<Result>

const SQLITE_PREFIX = 'sqlite:'

/** Tells whether `openDatabase` understands a database address. */
export function isDatabaseUrl(url: string): boolean {
  return url.startsWith(SQLITE_PREFIX) && url.length > SQLITE_PREFIX.length
}

/**
 * Opens the store, makes its directory where it is missing, and migrates it.
 *
 * @param url `sqlite:<path>` or `sqlite::memory:`
 * @param busyTimeoutMs how long to wait for another process's lock
 * @param onWriteFailure told of each error of what writes
 * @throws {OptionError} for any other address
 */
export async function openDatabase(
  url: string,
  busyTimeoutMs: number,
  onWriteFailure?: (error: unknown) => void,
): Promise<Database> {
  if (!isDatabaseUrl(url)) {
    throw new OptionError('databaseUrl is not understood; allowed: sqlite:<path>, sqlite::memory:')
  }
  const sqlite = openSqlite(url.slice(SQLITE_PREFIX.length))
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
