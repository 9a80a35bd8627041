import type { Limits } from '../shared/limits.js'

/** A sweep that has to catch up more than this many steps takes larger ones. */
const MAX_STEPS = 100

/** What the store records about the clocks of its sweepers; times are milliseconds since 1970. */
export interface ClockRecord {
  /** The time up to which the store was swept. */
  readonly sweptAt: number
  /** The last time shown by a clock in doubt; 0 for none. */
  readonly doubtedAt: number
  /** For how long the clock in doubt has run steadily. */
  readonly doubtedMs: number
}

/** What a sweep may do by its clock. */
export interface Judgement {
  readonly record: ClockRecord
  /** The time up to which to sweep; `undefined` for not at all. */
  readonly until: number | undefined
  /** How far the clock is ahead of `sweptAt`; negative if it is behind. */
  readonly aheadMs: number
}

/**
 * Decides whether to trust a clock. It is trusted while it is at most one step from the last sweep,
 * or after it has run steadily for `clockTrustMs`.
 */
export function judge(
  record: ClockRecord,
  { now, sinceLookMs }: { now: number; sinceLookMs: number },
  { maxClockStepMs, clockTrustMs }: Limits,
): Judgement {
  const stepMs = maxClockStepMs + sinceLookMs
  const isNear = (time: number): boolean => now - time <= stepMs && time - now <= maxClockStepMs
  const aheadMs = now - record.sweptAt
  const trusted = { sweptAt: now, doubtedAt: 0, doubtedMs: 0 }
  if (isNear(record.sweptAt)) return { record: trusted, until: now, aheadMs }

  const runMs = Math.min(Math.max(0, now - record.doubtedAt), Math.round(sinceLookMs))
  const doubtedMs = isNear(record.doubtedAt) ? record.doubtedMs + runMs : 0
  const doubted = { doubtedAt: now, doubtedMs }
  if (doubtedMs < clockTrustMs) {
    return { record: { sweptAt: record.sweptAt, ...doubted }, until: undefined, aheadMs }
  }
  if (aheadMs < 0) return { record: trusted, until: now, aheadMs }
  const until = record.sweptAt + Math.ceil(Math.max(maxClockStepMs, aheadMs / MAX_STEPS))
  return { record: { sweptAt: until, ...doubted }, until, aheadMs }
}
