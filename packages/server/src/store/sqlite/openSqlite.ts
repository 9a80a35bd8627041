import type { SqliteDatabase, SqliteStatement } from 'kysely'
import Sqlite from 'libsql'
import { makePrivate } from './privateFile.js'
import type { ReadAtOnce } from './readAtOnce.js'
import { StatementCache } from './statementCache.js'
import { databaseClosed, ofStore } from '../storeFailure.js'

const IN_MEMORY = ':memory:'

/** To how many bytes the log of writes shrinks after a transaction that was larger. */
const LOG_BYTES = 16 * 1024 * 1024

/** How long a reader waits where another process replays a log that was left. */
const READER_WAIT_MS = 25

/** Kysely's database, which can also be read past its queue. */
export interface OpenSqlite extends SqliteDatabase {
  readonly readAtOnce: ReadAtOnce
  readonly isInTransaction: boolean
  /** Runs a statement without values and rows, which leaves nothing behind where it fails. */
  execute(this: void, sql: string): void
}

/** Opens an SQLite file as Kysely's database; for its owner alone. */
export function openSqlite(path: string): OpenSqlite {
  if (path !== IN_MEMORY) makePrivate(path)
  const sqlite = new Sqlite(path)
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma(`journal_size_limit = ${String(LOG_BYTES)}`)
  return wrap(sqlite, moveLogIntoFile)
}

/** Opens a file that is there only to read it, beside the connection that writes. */
export function openSqliteReader(path: string): OpenSqlite {
  const sqlite = new Sqlite(path, { readonly: true })
  sqlite.pragma(`busy_timeout = ${String(READER_WAIT_MS)}`)
  return wrap(sqlite, () => undefined)
}

/** @param beforeClose what is left to do before the file is closed */
function wrap(sqlite: Sqlite.Database, beforeClose: (sqlite: Sqlite.Database) => void): OpenSqlite {
  // libsql (0.5) ends the process when a closed database is asked whether it is in a transaction.
  const requireOpen = (): void => {
    if (!sqlite.open) throw databaseClosed()
  }
  const statements = new StatementCache((sql) => {
    const statement = sqlite.prepare(sql)
    return /\blimit 1$/.test(sql) ? withOneRow(statement) : statement
  })
  return {
    close() {
      beforeClose(sqlite)
      statements.clear() // each holds the files open
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
    // The log stays, and the next process that opens the file replays it.
  }
}

/** A statement with one row at the most: `all()` of libsql makes room for a hundred. */
function withOneRow(statement: Sqlite.Statement): SqliteStatement {
  return {
    reader: true,
    all: (values) => {
      const row: unknown = statement.get([...values])
      return row === undefined ? [] : [row]
    },
    run: () => {
      throw new Error('It is read only')
    },
    iterate: (values) => statement.iterate([...values]),
  }
}
