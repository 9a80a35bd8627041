import type { Kysely, Migration } from 'kysely'

/** Sessions, found by the hash of their token and swept by their expiry. */
export const createSessions: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema
      .createTable('sessions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('token_hash', 'text', (column) => column.notNull().unique())
      .addColumn('user_id', 'text')
      .addColumn('metadata', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('last_activity_at', 'bigint', (column) => column.notNull())
      .execute()
    await database.schema
      .createIndex('sessions_expires_at')
      .on('sessions')
      .column('expires_at')
      .execute()
  },
}
