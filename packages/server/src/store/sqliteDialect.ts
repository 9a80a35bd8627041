import { SqliteAdapter, SqliteDialect } from 'kysely'

/**
 * Kysely's dialect, which does not know that SQLite can change its schema in a transaction. So a
 * migration is whole or not there, and two processes that start at once make it one after the other.
 */
export class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
