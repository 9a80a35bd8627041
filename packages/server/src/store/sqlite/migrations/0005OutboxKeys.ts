import type { Kysely, Migration } from 'kysely'

/** The key of each outbox's last item, by which a copied outbox is detected. */
export const addOutboxKeys: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema.alterTable('outboxes').addColumn('last_key', 'text').execute()
  },
}
