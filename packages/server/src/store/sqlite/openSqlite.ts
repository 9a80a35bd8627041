import type { SqliteDatabase, SqliteStatement } from 'kysely'
import Sqlite from 'libsql'
import { makePrivate } from './privateFile.js'
import { booleanColumns, readBooleans } from './readBooleans.js'
import type { ReadAtOnce } from './readAtOnce.js'
import { StatementCache } from './statementCache.js'
import { databaseClosed, ofStore } from '../storeFailure.js'

const IN_MEMORY = ':memory:'

/** The size in bytes to which the write-ahead log shrinks after a larger transaction. */
const LOG_BYTES = 16 * 1024 * 1024

/** How long a reader waits while another process replays a write-ahead log. */
const READER_WAIT_MS = 25

/** A database for Kysely that can also be read synchronously, bypassing Kysely. */
export interface OpenSqlite extends SqliteDatabase {
  readonly readAtOnce: ReadAtOnce
  readonly isInTransaction: boolean
  /** Runs a statement that has no values and no rows, and no effect if it fails. */
  execute(this: void, sql: string): void
}

/** Opens an SQLite file as Kysely's database. Only its owner can access the file. */
export function openSqlite(path: string): OpenSqlite {
  if (path !== IN_MEMORY) makePrivate(path)
  const sqlite = new Sqlite(path)
  try {
    sqlite.pragma('synchronous = FULL')
    sqlite.pragma(`journal_size_limit = ${String(LOG_BYTES)}`)
  } catch (error) {
    sqlite.close()
    throw error
  }
  return wrap(sqlite, moveLogIntoFile)
}

/** Opens an existing file read-only, in addition to the connection that writes. */
export function openSqliteReader(path: string): OpenSqlite {
  const sqlite = new Sqlite(path, { readonly: true })
  sqlite.pragma(`busy_timeout = ${String(READER_WAIT_MS)}`)
  return wrap(sqlite, () => undefined)
}

/** @param beforeClose called before the file is closed */
function wrap(sqlite: Sqlite.Database, beforeClose: (sqlite: Sqlite.Database) => void): OpenSqlite {
  // libsql (0.5) crashes the process when `inTransaction` is read of a closed database.
  const requireOpen = (): void => {
    if (!sqlite.open) throw databaseClosed()
  }
  const statements = new StatementCache((sql) => {
    const statement = sqlite.prepare(sql)
    const reading = /\blimit 1$/.test(sql) ? withOneRow(statement) : statement
    return statement.reader ? readBooleans(reading, booleanColumns(statement.columns())) : reading
  })
  return {
    close() {
      beforeClose(sqlite)
      statements.clear() // each keeps the files open
      sqlite.close()
    },
    get isInTransaction() {
      requireOpen()
      return sqlite.inTransaction
    },
    execute(sql) {
      requireOpen()
      try {
        sqlite.exec(sql)
      } catch (error) {
        throw ofStore(error)
      }
    },
    readAtOnce(sql, parameters) {
      requireOpen()
      return sqlite.inTransaction ? undefined : statements.get(sql).all(parameters)
    },
    prepare(sql) {
      requireOpen()
      return statements.get(sql)
    },
  }
}

/** Moves the write-ahead log into the file, so that a copy of the file alone is complete. */
function moveLogIntoFile(sqlite: Sqlite.Database): void {
  try {
    if (sqlite.inTransaction) sqlite.exec('ROLLBACK')
    sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // The write-ahead log stays; the next process that opens the file replays it.
  }
}

/** A statement with at most one row: `all()` of libsql allocates space for a hundred. */
function withOneRow(statement: Sqlite.Statement): SqliteStatement {
  return {
    reader: true,
    all: (values) => {
      const row: unknown = statement.get([...values])
      return row === undefined ? [] : [row]
    },
    run: () => {
      throw new Error('This statement only reads')
    },
    iterate: (values) => statement.iterate([...values]),
  }
}
