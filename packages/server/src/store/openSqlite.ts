import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import Sqlite from 'libsql'
import type { ReadAtOnce } from './readAtOnce.js'
import { StatementCache } from './statementCache.js'
import { databaseClosed, ofStore } from './storeFailure.js'

const IN_MEMORY = ':memory:'

/** Kysely's database, which can also be read past its queue. */
export interface OpenSqlite extends SqliteDatabase {
  readonly readAtOnce: ReadAtOnce
}

/**
 * Opens an SQLite file as Kysely's database; makes its directory where it is missing.
 *
 * Whatever writes takes the lock first. A statement that libsql (0.5) prepared and that then fails
 * for want of the lock stays in progress until it is garbage, and no transaction can be committed
 * before that. `exec`, which prepares nothing that stays, may fail without harm.
 *
 * @param busyTimeoutMs how long to wait for another process's lock
 */
export function openSqlite(path: string, busyTimeoutMs: number): OpenSqlite {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
  const sqlite = new Sqlite(path)
  // The busy timeout comes first: switching to WAL needs a lock that another process may hold.
  sqlite.pragma(`busy_timeout = ${String(busyTimeoutMs)}`)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')

  const execute = (sql: string): SqliteStatement =>
    withoutRows(() => {
      try {
        sqlite.exec(sql)
      } catch (error) {
        throw ofStore(error)
      }
    })
  const statements = new StatementCache((sql) => {
    const prepared = sqlite.prepare(sql)
    if (/\blimit 1$/.test(sql)) return withOneRow(prepared)
    const statement = prepared as unknown as SqliteStatement // its own type leaves out `iterate`
    return /^\s*select\b/i.test(sql) ? statement : lockedFirst(sqlite, statement)
  })
  return {
    close() {
      sqlite.close()
    },
    readAtOnce(sql, parameters) {
      requireOpen(sqlite)
      return sqlite.inTransaction ? undefined : statements.get(sql).all(parameters)
    },
    prepare(sql) {
      requireOpen(sqlite)
      if (sql === 'begin') return execute('BEGIN IMMEDIATE')
      if (sql === 'commit' || sql === 'rollback') return execute(sql)
      return statements.get(sql)
    },
  }
}

/** libsql (0.5) ends the process when a closed database is asked whether it is in a transaction. */
function requireOpen(sqlite: Sqlite.Database): void {
  if (!sqlite.open) throw databaseClosed()
}

function withoutRows(execute: () => void): SqliteStatement {
  return {
    reader: false,
    run() {
      execute()
      return { changes: 0, lastInsertRowid: 0 }
    },
    all: () => [],
    iterate: () => [].values(),
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

/** A statement that begins a transaction of its own unless there is one already. */
function lockedFirst(sqlite: Sqlite.Database, statement: SqliteStatement): SqliteStatement {
  const locked = <Result>(work: () => Result): Result => {
    if (sqlite.inTransaction) return work()
    sqlite.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      sqlite.exec('COMMIT')
      return result
    } catch (error) {
      sqlite.exec('ROLLBACK')
      throw error
    }
  }
  return {
    reader: statement.reader,
    all: (parameters) => locked(() => statement.all(parameters)),
    run: (parameters) => locked(() => statement.run(parameters)),
    iterate: (parameters) => statement.iterate(parameters),
  }
}
