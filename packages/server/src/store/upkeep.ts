import type { Judgement } from './judgeClock.js'

/** Where a page of outboxes ended. */
export interface OutboxCursor {
  readonly id: string
  readonly usedAt: number
}

/** Removes expired data, in steps that take about `sweepTurnMs`. */
export interface UpkeepStore {
  /**
   * Decides whether to trust the system clock, by the recorded time of earlier sweeps, and records
   * the decision.
   *
   * @param sinceLookMs the monotonic time since this process last called it; 0 for the first call
   */
  judgeClock(this: void, sinceLookMs: number): Promise<Judgement>
  /** Removes at most `sweepBatchSize` sessions that have expired by then. Returns how many. */
  removeSessions(this: void, now: number): Promise<number>
  /** Removes messages that are too old, and rooms that were not used for long. */
  removeOldMessages(
    this: void,
    now: number,
  ): Promise<{ readonly rows: number; readonly rooms: number; readonly isDone: boolean }>
  /** Removes the oldest messages of a room beyond `roomRetentionMessages`. */
  trimRoom(this: void, room: string): Promise<{ readonly rows: number; readonly isDone: boolean }>
  /** The next rooms after a name that may have more messages than `roomRetentionMessages`. */
  longRoomsAfter(
    this: void,
    name: string,
  ): Promise<{ readonly rooms: readonly string[]; readonly next: string | undefined }>
  /** Removes answers that are too old. Returns whether all were removed. */
  removeOldAnswers(this: void, now: number): Promise<boolean>
  /** Handles one page: removes outboxes whose session ended long ago. Returns where to continue. */
  removeOldOutboxes(
    this: void,
    now: number,
    after: OutboxCursor | undefined,
  ): Promise<OutboxCursor | undefined>
}
