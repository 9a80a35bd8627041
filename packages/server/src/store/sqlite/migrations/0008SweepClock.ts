import { sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'

/** The times with which sweeps compare the system clock, so that a wrong clock removes nothing. */
export const addSweepClock: Migration = {
  async up(database: Kysely<unknown>) {
    for (const name of ['swept_at', 'doubted_at', 'doubted_ms']) {
      await database.schema
        .alterTable('store')
        .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
        .execute()
    }
    // The clock may be wrong right now, so the last use of the store takes precedence.
    await sql`update store set swept_at = coalesce(
      (select max(at) from (
        select max(last_activity_at) as at from sessions
        union all select max(used_at) from outboxes
        union all select max(at) from outbox_answers
        union all select max(seen_at) from nodes)),
      ${Date.now()})`.execute(database)
  },
}
