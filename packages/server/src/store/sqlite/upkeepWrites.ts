import { judge } from '../judgeClock.js'
import type { Judgement } from '../judgeClock.js'
import type { OutboxCursor } from '../upkeep.js'
import type { Batch } from './batch.js'
import type { Database } from './openDatabase.js'
import { deleteOldAnswers, deleteUnusedOutboxes, hasOldAnswers } from './outboxSweepQueries.js'
import {
  deleteRowsUpTo,
  MAX_ROWS,
  removeUnusedRooms,
  selectDueRooms,
  selectOldestRows,
  selectRowsUpTo,
  selectSeq,
  setOldestAt,
} from './roomSweepQueries.js'
import { readClock, tryToWrite, writeClock } from './storeQueries.js'

/** Writes that maintain the store, by name. Each ends after about `sweepTurnMs`. */
export const upkeepWrites = {
  async judgeClock(batch: Batch, sinceLookMs: number): Promise<Judgement> {
    const { transaction, moment, deps, news } = batch
    const record = await readClock(transaction)
    const judgement = judge(record, { now: moment.now, sinceLookMs }, deps.limits)
    await writeClock(transaction, judgement.record)
    news.other()
    return judgement
  },

  async removeOldMessages({ transaction, news, deps: { limits } }: Batch, now: number) {
    const tooOld = Math.max(0, now - limits.roomRetentionMs) // a limit may be Infinity
    const due = await selectDueRooms(transaction, { tooOld })
    if (due.length === 0) return { rows: 0, rooms: 0, isDone: true }
    news.other()
    const isUp = startTurn(limits.sweepTurnMs)
    const empty: string[] = []
    let rows = 0
    for (const { name } of due) {
      const trimmed = await trimOld(transaction, name, tooOld)
      rows += trimmed.rows
      if (trimmed.isEmpty) empty.push(name)
      if (isUp()) break
    }
    const rooms = await removeUnusedRooms(transaction, empty, { now, tooOld })
    return { rows, rooms, isDone: false }
  },

  async trimRoom({ transaction, news, deps: { limits } }: Batch, room: string) {
    const isUp = startTurn(limits.sweepTurnMs)
    const [head] = await selectSeq(transaction, { name: room })
    const seq = (head?.seq ?? 0) - limits.roomRetentionMessages
    let rows = 0
    while (seq > 0) {
      const surplus = await selectRowsUpTo(transaction, { room, seq })
      const last = surplus.at(-1)
      if (!last) break
      news.other()
      await deleteRowsUpTo(transaction, { room, seq: last.last_seq })
      rows += surplus.length
      if (isUp()) return { rows, isDone: false }
    }
    return { rows, isDone: true }
  },

  /** Returns whether all were removed. */
  async removeOldAnswers(batch: Batch, now: number): Promise<boolean> {
    const { transaction, news, deps } = batch
    const { limits } = deps
    const tooOld = Math.max(0, now - limits.outboxAnswerAgeMs)
    if (!(await hasOldAnswers(transaction, tooOld))) return true
    news.other()
    const isUp = startTurn(limits.sweepTurnMs)
    while (await deleteOldAnswers(transaction, tooOld)) {
      if (isUp()) return !(await hasOldAnswers(transaction, tooOld))
    }
    return true
  },

  /** Handles one page of outboxes. Returns the end of the page if there are more. */
  async removeOldOutboxes(
    { transaction, news, deps: { limits } }: Batch,
    { now, after }: { now: number; after: OutboxCursor | undefined },
  ): Promise<OutboxCursor | undefined> {
    const tooOld = Math.max(0, now - limits.outboxRetentionMs)
    const { count, next } = await deleteUnusedOutboxes(transaction, tooOld, after)
    if (count > 0) news.other()
    return next
  },

  /** A probe: writes something that leaves no trace, and waits until it is on the disk. */
  tryToWrite({ transaction, news }: Batch): Promise<void> {
    news.other()
    return tryToWrite(transaction)
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
