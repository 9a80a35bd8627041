import { sql } from 'kysely'
import type { ClockRecord } from '../judgeClock.js'
import type { Database } from './openDatabase.js'

/** An id that no outbox has. */
const NOBODY = ''

/** More than the rest of a page, so that the store has to find room for it. */
const BALLAST = ' '.repeat(16 * 1024)

/** The id that was chosen when the store was made. Positions in its rooms name it. */
export async function selectEpoch(database: Database): Promise<string> {
  const { epoch } = await database.selectFrom('store').select('epoch').executeTakeFirstOrThrow()
  return epoch
}

/** How many bytes the store holds, without what is free in its file. */
export async function selectBytes(database: Database): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select (page_count - freelist_count) * page_size as bytes
    from pragma_page_count, pragma_freelist_count, pragma_page_size`.execute(database)
  return rows[0]?.bytes ?? 0
}

/** A number that changes with each commit of another connection to the file. */
export async function selectDataVersion(database: Database): Promise<number> {
  const { rows } = await sql<{ data_version: number }>`
    select data_version from pragma_data_version`.execute(database)
  return rows[0]?.data_version ?? 0
}

/** What the store knows of the clocks of those that swept it. */
export async function readClock(database: Database): Promise<ClockRecord> {
  const record = await database
    .selectFrom('store')
    .select(['swept_at', 'doubted_at', 'doubted_ms'])
    .executeTakeFirstOrThrow()
  return {
    sweptAt: record.swept_at,
    doubtedAt: record.doubted_at,
    doubtedMs: record.doubted_ms,
  }
}

/** Records what was judged of the clock. */
export async function writeClock(
  database: Database,
  { sweptAt, doubtedAt, doubtedMs }: ClockRecord,
): Promise<void> {
  await database
    .updateTable('store')
    .set({ swept_at: sweptAt, doubted_at: doubtedAt, doubted_ms: doubtedMs })
    .execute()
}

/** Writes something that needs room, and removes it again. */
export async function tryToWrite(database: Database): Promise<void> {
  const row = { outbox_id: NOBODY, last_n: 0, answers: BALLAST, at: 0 }
  await database.insertInto('outbox_answers').values(row).execute()
  await database.deleteFrom('outbox_answers').where('outbox_id', '=', NOBODY).execute()
}
