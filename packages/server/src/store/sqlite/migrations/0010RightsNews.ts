import { sql } from 'kysely'
import type { Migration } from 'kysely'

/** Which rights were changed, for the other processes on the file. */
export const addRightsNews: Migration = {
  async up(database) {
    await sql`alter table news add column rights text`.execute(database)
  },
}
