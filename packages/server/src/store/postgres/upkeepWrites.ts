import { judge } from '../judgeClock.js'
import type { ClockRecord } from '../judgeClock.js'
import type { PostgresWrites } from './postgresWrites.js'
import type { Query } from './query.js'

/** How many rooms are checked together. */
const ROOMS_PER_PAGE = 200

/** How many rows one statement removes; each may contain 32 messages of the largest size. */
const MAX_ROWS = 8

/** How many answers or outboxes one statement handles. */
const PAGE_SIZE = 100

/** An id that no outbox can have, and what needs space. */
const NOBODY = ''
const BALLAST = ' '.repeat(16 * 1024)

/** Writes that maintain the store, by name. Each ends after about `sweepTurnMs`. */
export const upkeepWrites: Pick<
  PostgresWrites,
  | 'judgeClock'
  | 'removeOldMessages'
  | 'trimRoom'
  | 'removeOldAnswers'
  | 'removeOldOutboxes'
  | 'tryToWrite'
> = {
  async judgeClock({ query, moment, deps }, sinceLookMs) {
    const [record] = await query<ClockRecord>(
      `select swept_at as "sweptAt", doubted_at as "doubtedAt", doubted_ms as "doubtedMs"
       from yektayar.store for update`,
    )
    if (!record) throw new Error('The store has no row about itself')
    const judgement = judge(record, { now: moment.now, sinceLookMs }, deps.limits)
    const { sweptAt, doubtedAt, doubtedMs } = judgement.record
    await query('update yektayar.store set swept_at = $1, doubted_at = $2, doubted_ms = $3', [
      sweptAt,
      doubtedAt,
      doubtedMs,
    ])
    return judgement
  },

  async removeOldMessages({ query, deps: { limits } }, now) {
    const tooOld = Math.max(0, now - limits.roomRetentionMs) // a limit may be Infinity
    // Before any room, since a room that is begun anew reads it first.
    await query('select 1 from yektayar.store for update')
    const due = await query<{ name: string }>(
      `select name from yektayar.rooms where oldest_at <= $1
       order by oldest_at limit $2 for update skip locked`,
      [tooOld, ROOMS_PER_PAGE],
    )
    if (due.length === 0) return { rows: 0, rooms: 0, isDone: true }
    const isUp = startTurn(limits.sweepTurnMs)
    const empty: string[] = []
    let rows = 0
    for (const { name } of due) {
      const trimmed = await trimOld(query, name, tooOld)
      rows += trimmed.rows
      if (trimmed.isEmpty) empty.push(name)
      if (isUp()) break
    }
    const rooms = await removeUnusedRooms(query, empty, { now, tooOld })
    return { rows, rooms, isDone: false }
  },

  async trimRoom({ query, deps: { limits } }, room) {
    const isUp = startTurn(limits.sweepTurnMs)
    const [head] = await query<{ seq: number }>('select seq from yektayar.rooms where name = $1', [
      room,
    ])
    const seq = (head?.seq ?? 0) - limits.roomRetentionMessages
    let rows = 0
    while (seq > 0) {
      const removed = await query(
        `delete from yektayar.room_messages where room = $1 and last_seq in
           (select last_seq from yektayar.room_messages where room = $1 and last_seq <= $2
            order by last_seq limit $3)
         returning last_seq`,
        [room, seq, MAX_ROWS],
      )
      rows += removed.length
      if (removed.length < MAX_ROWS) break
      if (isUp()) return { rows, isDone: false }
    }
    return { rows, isDone: true }
  },

  async removeOldAnswers({ query, deps: { limits } }, now) {
    const tooOld = Math.max(0, now - limits.outboxAnswerAgeMs)
    const isUp = startTurn(limits.sweepTurnMs)
    for (;;) {
      const removed = await query(
        `delete from yektayar.outbox_answers where (outbox_id, last_n) in
           (select outbox_id, last_n from yektayar.outbox_answers where at <= $1
            order by at limit $2 for update skip locked)
         returning at`,
        [tooOld, PAGE_SIZE],
      )
      if (removed.length < PAGE_SIZE) return true
      if (isUp()) return false
    }
  },

  async removeOldOutboxes({ query, deps: { limits } }, { now, after }) {
    const tooOld = Math.max(0, now - limits.outboxRetentionMs)
    const { id, usedAt } = after ?? { id: '', usedAt: -1 }
    const unused = await query<{ id: string; used_at: number; session: string | null }>(
      `select o.id, o.used_at, s.id as session
       from yektayar.outboxes o left join yektayar.sessions s on s.id = o.session_id
       where o.used_at <= $1 and (o.used_at, o.id) > ($2::bigint, $3::text)
       order by o.used_at, o.id limit $4`,
      [tooOld, usedAt, id, PAGE_SIZE],
    )
    const ids = unused.filter(({ session }) => session === null).map((outbox) => outbox.id)
    if (ids.length > 0) {
      await query(
        `delete from yektayar.outboxes where id in (select id from yektayar.outboxes
           where id = any($1) and used_at <= $2 order by id for update skip locked)`,
        [ids, tooOld],
      )
    }
    const end = unused.at(-1)
    if (!end || unused.length < PAGE_SIZE) return undefined
    return { id: end.id, usedAt: end.used_at }
  },

  async tryToWrite({ query }) {
    await query(
      'insert into yektayar.outbox_answers (outbox_id, last_n, answers, at) values ($1, 0, $2, 0)',
      [NOBODY, BALLAST],
    )
    await query('delete from yektayar.outbox_answers where outbox_id = $1', [NOBODY])
  },
}

/** Returns a function that returns true once the turn has taken this many milliseconds. */
function startTurn(turnMs: number): () => boolean {
  const end = performance.now() + turnMs
  return () => performance.now() >= end
}

/**
 * Removes some of the oldest rows of a room that are too old. The room is due again immediately if
 * more rows may be too old, and otherwise once its oldest message is.
 */
async function trimOld(
  query: Query,
  room: string,
  tooOld: number,
): Promise<{ rows: number; isEmpty: boolean }> {
  const oldest = await query<{ last_seq: number; at: number }>(
    `select last_seq, at from yektayar.room_messages where room = $1 order by last_seq limit $2`,
    [room, MAX_ROWS + 1],
  )
  const rows = oldest.slice(0, MAX_ROWS).findLastIndex(({ at }) => at <= tooOld) + 1
  const seq = oldest[rows - 1]?.last_seq
  if (seq !== undefined) {
    await query('delete from yektayar.room_messages where room = $1 and last_seq <= $2', [
      room,
      seq,
    ])
  }
  const next = oldest[rows]
  if (next) {
    await query('update yektayar.rooms set oldest_at = $2 where name = $1', [room, next.at])
  }
  return { rows, isEmpty: next === undefined }
}

/**
 * Removes empty rooms that were not used for long and have no members, and schedules a later check
 * of the others. Returns how many were removed. The caller has locked the rooms and `store`.
 */
async function removeUnusedRooms(
  query: Query,
  rooms: readonly string[],
  { now, tooOld }: { now: number; tooOld: number },
): Promise<number> {
  if (rooms.length === 0) return 0
  const removed = await query<{ seq: number }>(
    `delete from yektayar.rooms r where name = any($1) and used_at <= $2
       and not exists (select 1 from yektayar.presence where room = r.name)
       and not exists (select 1 from yektayar.room_messages where room = r.name)
     returning seq`,
    [rooms, tooOld],
  )
  // A room that is created again never reuses a number.
  const seq = removed.reduce((most, room) => Math.max(most, room.seq), 0)
  await query('update yektayar.store set removed_seq = $1 where removed_seq < $1', [seq])
  await query(
    `update yektayar.rooms set oldest_at = case when used_at > $2 then used_at else $3 end
     where name = any($1)`,
    [rooms, tooOld, now],
  )
  return removed.length
}
