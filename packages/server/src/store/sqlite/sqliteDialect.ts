import { SqliteAdapter, SqliteDialect } from 'kysely'
import type { Driver } from 'kysely'
import { LockingSqliteDriver } from './sqliteDriver.js'
import type { LockingSqliteDriverOptions } from './sqliteDriver.js'

/**
 * Kysely's dialect, which does not know that SQLite can change its schema in a transaction. So a
 * migration is whole or not there, and two processes that start at once make it one after the other.
 */
export class LockingSqliteDialect extends SqliteDialect {
  readonly #options: LockingSqliteDriverOptions

  constructor(options: LockingSqliteDriverOptions) {
    super(options)
    this.#options = options
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }

  override createDriver(): Driver {
    return new LockingSqliteDriver(this.#options)
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
