import { sql } from 'kysely'
import type { ClockRecord } from '../judgeClock.js'
import type { Database } from './openDatabase.js'

/** An id that no outbox can have. */
const NOBODY = ''

/** Larger than the free rest of a page, so that the store has to allocate space. */
const BALLAST = ' '.repeat(16 * 1024)

/** The epoch of the store, a random id from its creation. It is part of every position. */
export async function selectEpoch(database: Database): Promise<string> {
  const { epoch } = await database.selectFrom('store').select('epoch').executeTakeFirstOrThrow()
  return epoch
}

/** The size of the store in bytes, without the free pages in its file. */
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

/** What the store records about the clocks of its sweepers. */
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

/** Records the judgement of a clock. */
export async function writeClock(
  database: Database,
  { sweptAt, doubtedAt, doubtedMs }: ClockRecord,
): Promise<void> {
  await database
    .updateTable('store')
    .set({ swept_at: sweptAt, doubted_at: doubtedAt, doubted_ms: doubtedMs })
    .execute()
}

/** Writes something that needs space, and removes it again. */
export async function tryToWrite(database: Database): Promise<void> {
  const row = { outbox_id: NOBODY, last_n: 0, answers: BALLAST, at: 0 }
  await database.insertInto('outbox_answers').values(row).execute()
  await database.deleteFrom('outbox_answers').where('outbox_id', '=', NOBODY).execute()
}
