import { sql } from 'kysely'
import type { Migration } from 'kysely'

/** What each commit has changed, for the other processes that use the file. */
export const addNews: Migration = {
  async up(database) {
    await sql`
      create table news (
        id integer primary key,
        node text not null,
        rooms text not null,
        sessions text not null
      ) strict`.execute(database)
  },
}
