import type { Limits } from '../shared/limits.js'
import type { Database } from '../store/sqlite/openDatabase.js'
import type { SweepPace } from '../store/sweepPace.js'
import {
  deleteRowsUpTo,
  MAX_ROWS,
  removeUnusedRooms,
  ROOMS_PER_PAGE,
  selectDueRooms,
  selectOldestRows,
  selectRoomsAfter,
  selectRowsUpTo,
  selectSeq,
  setOldestAt,
} from '../store/sqlite/roomSweepQueries.js'
import type { SurplusNotes } from './surplusNotes.js'

/** What a sweep of rooms needs. */
export interface RoomSweepOptions {
  database: Database
  /** Which rooms may keep too many messages. */
  surplus: SurplusNotes
  limits: Limits
  pace: SweepPace
  /** The time by which things are old; `undefined` while that is not known. */
  now: number | undefined
}

/** What a sweep has removed. */
export interface SweptRooms {
  /** Rows of messages. */
  readonly rows: number
  readonly rooms: number
}

/** Removes messages that are older or more than a room keeps, and rooms that nobody uses. */
export async function sweepRooms(options: RoomSweepOptions): Promise<SweptRooms> {
  const surplusRows = await sweepSurplus(options)
  const { rows, rooms } = await sweepOld(options)
  return { rows: surplusRows + rows, rooms }
}

async function sweepOld({ database, limits, pace, now }: RoomSweepOptions): Promise<SweptRooms> {
  const swept = { rows: 0, rooms: 0 }
  if (now === undefined) return swept
  const tooOld = Math.max(0, now - limits.roomRetentionMs) // a limit may be Infinity
  while (await pace.next()) {
    const due = await selectDueRooms(database, { tooOld })
    if (due.length === 0) break
    await database.transaction().execute(async (transaction) => {
      const empty: string[] = []
      for (const { name } of due) {
        const { rows, isEmpty } = await trimOld(transaction, name, tooOld)
        swept.rows += rows
        if (isEmpty) empty.push(name)
        if (pace.isUp) break
      }
      swept.rooms += await removeUnusedRooms(transaction, empty, { now, tooOld })
    })
  }
  return swept
}

/**
 * Removes the oldest rows of a room as far as they are too old. It is due again at once where more
 * of them may be, and otherwise when its oldest message is too old.
 */
async function trimOld(
  transaction: Database,
  room: string,
  tooOld: number,
): Promise<{ rows: number; isEmpty: boolean }> {
  const oldest = await selectOldestRows(transaction, { room })
  const rows = oldest.slice(0, MAX_ROWS).findLastIndex(({ at }) => at <= tooOld) + 1
  const seq = oldest[rows - 1]?.last_seq
  if (seq !== undefined) await deleteRowsUpTo(transaction, { room, seq })
  const next = oldest[rows]
  if (next) await setOldestAt(transaction, { room, at: next.at })
  return { rows, isEmpty: next === undefined }
}

async function sweepSurplus(options: RoomSweepOptions): Promise<number> {
  const surplus = options.surplus.take()
  try {
    if (surplus.isAnywhere) return await trimSurplusOfAll(options)
    let count = 0
    for (const room of surplus.rooms) count += await trimSurplus(options, room)
    return count
  } catch (error) {
    options.surplus.putBack(surplus)
    throw error
  }
}

async function trimSurplusOfAll(options: RoomSweepOptions): Promise<number> {
  const { database, limits, pace } = options
  let count = 0
  let last = ''
  while (await pace.next()) {
    const rooms = await selectRoomsAfter(database, { name: last })
    for (const { name, seq } of rooms) {
      if (seq > limits.roomRetentionMessages) count += await trimSurplus(options, name)
    }
    const end = rooms.at(-1)
    if (!end || rooms.length < ROOMS_PER_PAGE) break
    last = end.name
  }
  return count
}

async function trimSurplus(
  { database, limits, pace }: RoomSweepOptions,
  room: string,
): Promise<number> {
  let count = 0
  while (await pace.next()) {
    const [head] = await selectSeq(database, { name: room })
    const seq = (head?.seq ?? 0) - limits.roomRetentionMessages
    if (seq <= 0 || (await selectRowsUpTo(database, { room, seq })).length === 0) break
    await database.transaction().execute(async (transaction) => {
      do {
        const rows = await selectRowsUpTo(transaction, { room, seq })
        const last = rows.at(-1)
        if (!last) break
        await deleteRowsUpTo(transaction, { room, seq: last.last_seq })
        count += rows.length
      } while (!pace.isUp)
    })
  }
  return count
}
