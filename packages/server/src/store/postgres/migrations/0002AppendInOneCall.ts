import { sql } from 'kysely'
import type { Migration } from 'kysely'
import { appendFunction } from './appendFunction.js'

/** Messages are appended by one call, which makes the numbers of their answers itself. */
export const appendInOneCall: Migration = {
  async up(database) {
    await sql`alter table yektayar.outbox_answers add column seqs bigint[]`.execute(database)
    await sql.raw(appendFunction).execute(database)
  },
}
