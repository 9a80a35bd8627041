import { sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'

/** What sweeps compare the system clock with, so that a wrong one removes nothing. */
export const addSweepClock: Migration = {
  async up(database: Kysely<unknown>) {
    for (const name of ['swept_at', 'doubted_at', 'doubted_ms']) {
      await database.schema
        .alterTable('store')
        .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
        .execute()
    }
    // The clock may be wrong at this very start, so what the store was used at comes first.
    await sql`update store set swept_at = coalesce(
      (select max(at) from (
        select max(last_activity_at) as at from sessions
        union all select max(used_at) from outboxes
        union all select max(at) from outbox_answers
        union all select max(seen_at) from nodes)),
      ${Date.now()})`.execute(database)
  },
}
