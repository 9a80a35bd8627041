import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely, SqliteDialect } from 'kysely'
import Sqlite from 'libsql'
import { limits } from '../limits.js'
import { OptionError } from '../optionError.js'
import { migrate } from './migrate.js'
import type { Schema } from './schema.js'

/** The open store. */
export type Database = Kysely<Schema>

const SQLITE_PREFIX = 'sqlite:'
const IN_MEMORY = ':memory:'

/** Tells whether `openDatabase` understands a database address. */
export function isDatabaseUrl(url: string): boolean {
  return url.startsWith(SQLITE_PREFIX) && url.length > SQLITE_PREFIX.length
}

/**
 * Opens the store, makes its directory where it is missing, and migrates it.
 *
 * @param url `sqlite:<path>` or `sqlite::memory:`
 * @throws {OptionError} for any other address
 */
export async function openDatabase(url: string): Promise<Database> {
  if (!isDatabaseUrl(url)) {
    throw new OptionError('databaseUrl is not understood; allowed: sqlite:<path>, sqlite::memory:')
  }
  const database = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: openSqlite(url.slice(SQLITE_PREFIX.length)) }),
  })
  try {
    await migrate(database)
  } catch (error) {
    await database.destroy()
    throw error
  }
  return database
}

function openSqlite(path: string): Sqlite.Database {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
  const sqlite = new Sqlite(path)
  // The busy timeout comes first: switching to WAL needs a lock that another process may hold.
  sqlite.pragma(`busy_timeout = ${String(limits.databaseBusyTimeoutMs)}`)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  return sqlite
}
