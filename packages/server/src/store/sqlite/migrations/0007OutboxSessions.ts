import type { Kysely, Migration } from 'kysely'

/** A sign-in hands the outboxes of its session to another one. */
export const indexOutboxSessions: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema
      .createIndex('outboxes_session_id')
      .on('outboxes')
      .column('session_id')
      .execute()
  },
}
