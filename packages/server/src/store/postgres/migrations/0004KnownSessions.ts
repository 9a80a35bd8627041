import { sql } from 'kysely'
import type { Migration } from 'kysely'

/** Which sessions have signed in to which accounts. Those are hashes that include the device's id. */
const table = `
create table yektayar.known_sessions (
  session_id text collate "C" primary key references yektayar.sessions on delete cascade,
  device text not null,
  accounts text[] not null
)`

/** Sessions that have signed in before, known at all processes. */
export const createKnownSessionsTable: Migration = {
  async up(database) {
    await sql.raw(table).execute(database)
  },
}
