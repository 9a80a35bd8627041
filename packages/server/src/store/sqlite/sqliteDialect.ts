import { SqliteAdapter, SqliteDialect } from 'kysely'
import type { Driver } from 'kysely'
import type { OpenSqlite } from './openSqlite.js'
import { LockingSqliteDriver } from './sqliteDriver.js'

/** What the dialect needs. */
export interface LockingSqliteDialectOptions {
  database: OpenSqlite
  /** How long to wait for another process's lock. */
  busyTimeoutMs: number
}

/**
 * Kysely's dialect, which does not know that SQLite can change its schema in a transaction. So a
 * migration is whole or not there, and two processes that start at once make it one after the other.
 */
export class LockingSqliteDialect extends SqliteDialect {
  readonly #options: LockingSqliteDialectOptions

  constructor(options: LockingSqliteDialectOptions) {
    super(options)
    this.#options = options
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }

  override createDriver(): Driver {
    const { database, busyTimeoutMs } = this.#options
    return new LockingSqliteDriver(database, busyTimeoutMs)
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
