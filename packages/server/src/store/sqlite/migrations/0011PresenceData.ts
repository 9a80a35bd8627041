import { sql } from 'kysely'
import type { Migration } from 'kysely'

/** What members show in rooms, and for how long others keep the members of a closed node. */
export const addPresenceData: Migration = {
  async up(database) {
    await sql`alter table presence add column data text`.execute(database)
    await sql`alter table presence add column set_at integer not null default 0`.execute(database)
    await sql`alter table nodes add column kept_ms integer`.execute(database)
  },
}
