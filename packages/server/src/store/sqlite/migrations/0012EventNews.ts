import { sql } from 'kysely'
import type { Migration } from 'kysely'

/** Which events an app has emitted, for the other processes on the file. */
export const addEventNews: Migration = {
  async up(database) {
    await sql`alter table news add column events text`.execute(database)
  },
}
