import { sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'

/** For the removal of rooms: when each has to be checked, and the numbers of removed rooms. */
export const addRoomRemoval: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema
      .alterTable('store')
      .addColumn('removed_seq', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute()
    for (const name of ['used_at', 'oldest_at']) {
      await database.schema
        .alterTable('rooms')
        .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
        .execute()
    }
    // The last join of a room is unknown. The first sweep looks up its oldest message.
    await sql`update rooms set used_at = ${Date.now()}`.execute(database)
    await database.schema.createIndex('rooms_oldest_at').on('rooms').column('oldest_at').execute()
  },
}
