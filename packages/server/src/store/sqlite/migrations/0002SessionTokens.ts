import { sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'

/** A session may have several tokens: an old one stays valid for a while after a renewal. */
export const createSessionTokens: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema
      .createTable('session_tokens')
      .addColumn('token_hash', 'text', (column) => column.primaryKey())
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('valid_until', 'bigint')
      .execute()
    await sql`insert into session_tokens (token_hash, session_id, created_at)
      select token_hash, id, created_at from sessions`.execute(database)
    await database.schema
      .createIndex('session_tokens_session_id')
      .on('session_tokens')
      .column('session_id')
      .execute()

    // SQLite cannot drop a unique column, so the table is created again without it.
    await database.schema
      .createTable('sessions_without_token')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'text')
      .addColumn('metadata', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('last_activity_at', 'bigint', (column) => column.notNull())
      .execute()
    await sql`insert into sessions_without_token
      select id, user_id, metadata, created_at, expires_at, last_activity_at from sessions`.execute(
      database,
    )
    await database.schema.dropTable('sessions').execute()
    await database.schema.alterTable('sessions_without_token').renameTo('sessions').execute()
    for (const name of ['user_id', 'expires_at', 'last_activity_at']) {
      await database.schema.createIndex(`sessions_${name}`).on('sessions').column(name).execute()
    }
  },
}
