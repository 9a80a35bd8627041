import { SqliteAdapter, SqliteDialect } from 'kysely'
import type { Driver } from 'kysely'
import { LockingSqliteDriver } from './sqliteDriver.js'
import type { LockingSqliteDriverDeps } from './sqliteDriver.js'

/**
 * Kysely's dialect with two changes: it knows that SQLite can change its schema in a transaction,
 * and it takes the write lock first. So a migration is atomic, and two processes that start at the
 * same time migrate one after the other.
 */
export class LockingSqliteDialect extends SqliteDialect {
  readonly #deps: LockingSqliteDriverDeps

  constructor(deps: LockingSqliteDriverDeps) {
    super(deps)
    this.#deps = deps
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }

  override createDriver(): Driver {
    return new LockingSqliteDriver(this.#deps)
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
