import type { Limits } from '../limits.js'
import type { Database } from '../store/openDatabase.js'

/** Rooms that are looked at together. */
const PAGE_SIZE = 200

/** Rows of one statement, so that none holds the store for long. */
const MAX_DELETED = 100

/** Removes rows of messages that are older or more than a room keeps; returns how many rows. */
export async function trimRooms(database: Database, now: number, limits: Limits): Promise<number> {
  let count = 0
  let last = ''
  for (;;) {
    const rooms = await database
      .selectFrom('rooms')
      .select(['name', 'seq'])
      .where('name', '>', last)
      .orderBy('name')
      .limit(PAGE_SIZE)
      .execute()
    for (const { name, seq } of rooms) count += await trimRoom(database, name, seq, now, limits)
    const end = rooms.at(-1)
    if (!end || rooms.length < PAGE_SIZE) return count
    last = end.name
  }
}

async function trimRoom(
  database: Database,
  room: string,
  seq: number,
  now: number,
  limits: Limits,
): Promise<number> {
  const messages = database.selectFrom('room_messages').where('room', '=', room)
  const oldest = await messages
    .select(['last_seq', 'at'])
    .orderBy('last_seq')
    .limit(1)
    .executeTakeFirst()
  if (!oldest) return 0
  const lastSurplus = seq - limits.roomRetentionMessages
  const tooOld = now - limits.roomRetentionMs
  if (oldest.last_seq > lastSurplus && oldest.at > tooOld) return 0
  const lastOld = await messages
    .select((row) => row.fn.max('last_seq').as('last_seq'))
    .where('at', '<=', tooOld)
    .executeTakeFirst()
  const end = Math.max(lastSurplus, lastOld?.last_seq ?? 0)
  let count = 0
  for (;;) {
    const some = database
      .selectFrom('room_messages')
      .select('last_seq')
      .where('room', '=', room)
      .where('last_seq', '<=', end)
      .orderBy('last_seq')
      .limit(MAX_DELETED)
    const { numDeletedRows } = await database
      .deleteFrom('room_messages')
      .where('room', '=', room)
      .where('last_seq', 'in', some)
      .executeTakeFirstOrThrow()
    count += Number(numDeletedRows)
    if (Number(numDeletedRows) < MAX_DELETED) return count
  }
}

/** Removes answers that are not kept any more, and outboxes whose session is long over. */
export async function trimOutboxes(database: Database, now: number, limits: Limits): Promise<void> {
  await database
    .deleteFrom('outbox_answers')
    .where('at', '<=', now - limits.outboxAnswerAgeMs)
    .execute()
  await database
    .deleteFrom('outboxes')
    .where('used_at', '<=', now - limits.outboxRetentionMs)
    .where('session_id', 'not in', database.selectFrom('sessions').select('id'))
    .execute()
}
