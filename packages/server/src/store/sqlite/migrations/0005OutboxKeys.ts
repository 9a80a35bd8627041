import type { Kysely, Migration } from 'kysely'

/** The key of the last item of each outbox, by which a copy of it is noticed. */
export const addOutboxKeys: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema.alterTable('outboxes').addColumn('last_key', 'text').execute()
  },
}
