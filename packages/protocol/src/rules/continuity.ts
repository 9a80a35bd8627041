import type { RoomPosition, RoomReset } from '../room.js'

/** The end of a room's log. */
export interface LogEnd {
  readonly epoch: string
  /** The number of the newest message; in an empty log, the number before the first one. */
  readonly seq: number
}

/** What is kept of a log around a position. */
export interface KeptAround {
  /** The id of the message at the position; `undefined` if it is not kept, or was not looked up. */
  readonly anchorId: string | undefined
  /** The number of the first kept message after the position; `undefined` if there is none. */
  readonly nextSeq: number | undefined
}

/** Whether a position can be in a log: it has the log's epoch, and is not beyond its end. */
export function isInLog({ epoch, seq }: RoomPosition, end: LogEnd): boolean {
  return epoch === end.epoch && seq <= end.seq
}

/**
 * Whether a log continues after a position: `undefined` if it does without a gap, otherwise the
 * reset with the reason.
 *
 * A position with an `id` is continued only if its message is still kept, or if it is the newest
 * one. The store may have been restored from a backup and then got other messages under the same
 * numbers; only the message at the position can show that.
 */
export function continuityAt(
  position: RoomPosition,
  end: LogEnd,
  { anchorId, nextSeq }: KeptAround,
): RoomReset | undefined {
  const { seq, id } = position
  if (!isInLog(position, end)) return { reason: 'epoch_changed' }
  if (anchorId !== undefined && id !== undefined && anchorId !== id) {
    return { reason: 'epoch_changed' }
  }
  if (seq === end.seq) return undefined
  const isCertain = seq === 0 || id === undefined || anchorId !== undefined
  return isCertain && nextSeq === seq + 1 ? undefined : { reason: 'truncated' }
}
