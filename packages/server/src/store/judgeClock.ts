import type { Limits } from '../shared/limits.js'

/** Beyond a gap of this many steps, a sweep that catches up takes larger ones. */
const MAX_STEPS = 100

/** What the store knows of the clocks of those that sweep it; times are milliseconds since 1970. */
export interface ClockRecord {
  /** Up to when it was swept. */
  readonly sweptAt: number
  /** What the clock said that was last doubted; 0 for none. */
  readonly doubtedAt: number
  /** For how long it has been running like that. */
  readonly doubtedMs: number
}

/** What a sweep may do by that clock. */
export interface Judgement {
  readonly record: ClockRecord
  /** Up to when to sweep, if at all. */
  readonly until: number | undefined
  /** By how much the clock is ahead of what is swept; negative where it is behind. */
  readonly aheadMs: number
}

/**
 * Judges a clock by what the store knows. It is trusted while it is at most one step from the last
 * sweep, or once it has run on for `clockTrustMs`.
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
