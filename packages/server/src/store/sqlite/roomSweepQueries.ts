import { sql } from 'kysely'
import { compileOnce } from './compileOnce.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** How many rooms are checked together. */
const ROOMS_PER_PAGE = 200

/** How many rows one statement removes; each may contain 32 messages of the largest size. */
export const MAX_ROWS = 8

/** The rooms whose oldest message may be too old. */
export const selectDueRooms = compileOnce<{ tooOld: number }, { name: string }>((database, value) =>
  database
    .selectFrom('rooms')
    .select('name')
    .where('oldest_at', '<=', value('tooOld'))
    .orderBy('oldest_at')
    .limit(sql.lit(ROOMS_PER_PAGE)),
)

const runSelectRoomsAfter = compileOnce<{ name: string }, { name: string; seq: number }>(
  (database, value) =>
    database
      .selectFrom('rooms')
      .select(['name', 'seq'])
      .where('name', '>', value('name'))
      .orderBy('name')
      .limit(sql.lit(ROOMS_PER_PAGE)),
)

/** The rooms that may have too many messages, of a page after a name, and the end of the page. */
export async function selectLongRooms(
  database: Database,
  name: string,
  maxMessages: number,
): Promise<{ rooms: string[]; next: string | undefined }> {
  const page = await runSelectRoomsAfter(database, { name })
  const rooms = page.filter(({ seq }) => seq > maxMessages).map((room) => room.name)
  return { rooms, next: page.length < ROOMS_PER_PAGE ? undefined : page.at(-1)?.name }
}

/** The end of one room's log. */
export const selectSeq = compileOnce<{ name: string }, { seq: number }>((database, value) =>
  database.selectFrom('rooms').select('seq').where('name', '=', value('name')),
)

/** The oldest rows of a room: one more than a statement removes. */
export const selectOldestRows = compileOnce<{ room: string }, { last_seq: number; at: number }>(
  (database, value) =>
    database
      .selectFrom('room_messages')
      .select(['last_seq', 'at'])
      .where('room', '=', value('room'))
      .orderBy('last_seq')
      .limit(sql.lit(MAX_ROWS + 1)),
)

/** The oldest rows of a room up to a number: as many as a statement removes. */
export const selectRowsUpTo = compileOnce<{ room: string; seq: number }, { last_seq: number }>(
  (database, value) =>
    database
      .selectFrom('room_messages')
      .select('last_seq')
      .where('room', '=', value('room'))
      .where('last_seq', '<=', value('seq'))
      .orderBy('last_seq')
      .limit(sql.lit(MAX_ROWS)),
)

/** Removes the rows of a room up to a number. */
export const deleteRowsUpTo = compileOnce<{ room: string; seq: number }, unknown>(
  (database, value) =>
    database
      .deleteFrom('room_messages')
      .where('room', '=', value('room'))
      .where('last_seq', '<=', value('seq')),
)

/** Records the time of a room's oldest message. */
export const setOldestAt = compileOnce<{ room: string; at: number }, unknown>((database, value) =>
  database
    .updateTable('rooms')
    .set({ oldest_at: value('at') })
    .where('name', '=', value('room')),
)

/**
 * Removes empty rooms that were not used for long and have no members, and schedules a later check
 * of the others. Returns how many were removed. Needs a transaction.
 */
export async function removeUnusedRooms(
  transaction: Database,
  rooms: readonly string[],
  { now, tooOld }: { now: number; tooOld: number },
): Promise<number> {
  if (rooms.length === 0) return 0
  const removed = await transaction
    .deleteFrom('rooms')
    .where(isOneOf('name', rooms))
    .where('used_at', '<=', tooOld)
    .where((row) => {
      const present = row.selectFrom('presence').select('room')
      return row.not(row.exists(present.whereRef('room', '=', 'rooms.name')))
    })
    .where((row) => {
      const kept = row.selectFrom('room_messages').select('room')
      return row.not(row.exists(kept.whereRef('room', '=', 'rooms.name')))
    })
    .returning('seq')
    .execute()
  await raiseRemovedSeq(transaction, removed)
  await transaction
    .updateTable('rooms')
    .set({ oldest_at: sql`case when used_at > ${tooOld} then used_at else ${now} end` })
    .where(isOneOf('name', rooms))
    .execute()
  return removed.length
}

/**
 * Records the highest number of removed rooms, so that a room that is created again never reuses a
 * number. Belongs in every transaction that removes rooms.
 */
async function raiseRemovedSeq(
  transaction: Database,
  removed: readonly { readonly seq: number }[],
): Promise<void> {
  if (removed.length === 0) return
  const seq = removed.reduce((most, room) => Math.max(most, room.seq), 0)
  await transaction
    .updateTable('store')
    .set({ removed_seq: seq })
    .where('removed_seq', '<', seq)
    .execute()
}
