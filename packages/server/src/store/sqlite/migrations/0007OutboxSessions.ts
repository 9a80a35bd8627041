import type { Kysely, Migration } from 'kysely'

/** An index for sign-ins, which move the outboxes of a session to another one. */
export const indexOutboxSessions: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema
      .createIndex('outboxes_session_id')
      .on('outboxes')
      .column('session_id')
      .execute()
  },
}
