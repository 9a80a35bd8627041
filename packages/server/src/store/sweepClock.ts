import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { Database } from './sqlite/openDatabase.js'

/** Beyond a gap of this many steps, a sweep that catches up takes larger ones. */
const MAX_STEPS = 100

/** What the store knows of the clocks of those that sweep it; times are milliseconds since 1970. */
interface ClockRecord {
  /** Up to when it was swept. */
  readonly swept_at: number
  /** What the clock said that was last doubted; 0 for none. */
  readonly doubted_at: number
  /** For how long it has been running like that. */
  readonly doubted_ms: number
}

interface Judgement {
  readonly record: ClockRecord
  /** Up to when to sweep, if at all. */
  readonly until: number | undefined
  /** By how much the clock is ahead of what is swept; negative where it is behind. */
  readonly aheadMs: number
}

type Trust = 'trusted' | 'doubted' | 'confirmed'

/** What a clock for sweeps needs. */
export interface SweepClockOptions {
  database: Database
  limits: Limits
  log: FastifyBaseLogger
}

/**
 * The clock by which the store is swept. One start with a clock that is weeks ahead must not remove
 * what is not old, since nothing brings it back.
 *
 * The store knows up to when it was swept. A clock that is further from that than one step is
 * trusted only after it has run on for long enough: by the monotonic clock, which nobody sets, and
 * over restarts in between. From then on each sweep goes one step further, so that a clock that is
 * corrected even then has removed little.
 */
export class SweepClock {
  readonly #options: SweepClockOptions
  #trust: Trust = 'trusted'
  /** By the monotonic clock. */
  #lookedAt: number | undefined

  constructor(options: SweepClockOptions) {
    this.#options = options
  }

  /**
   * The time up to which things are old; `undefined` while the clock is doubted, when nothing may be
   * removed for its age. Each call is one sweep.
   */
  async look(): Promise<number | undefined> {
    const { database, limits } = this.#options
    const judgement = await database.transaction().execute(async (transaction) => {
      const now = Date.now()
      const sinceLookMs = this.#lookedAt === undefined ? 0 : performance.now() - this.#lookedAt
      const record = await transaction
        .selectFrom('store')
        .select(['swept_at', 'doubted_at', 'doubted_ms'])
        .executeTakeFirstOrThrow()
      const judged = judge(record, { now, sinceLookMs }, limits)
      await transaction.updateTable('store').set(judged.record).execute()
      return judged
    })
    this.#lookedAt = performance.now()
    this.#report(judgement)
    return judgement.until
  }

  #report({ record, until, aheadMs }: Judgement): void {
    const { limits, log } = this.#options
    const before = this.#trust
    const isCatchingUp = until !== undefined && record.doubted_at > 0
    this.#trust = until === undefined ? 'doubted' : isCatchingUp ? 'confirmed' : 'trusted'
    if (this.#trust === before) return
    const clocks = {
      lastSweep: new Date(record.swept_at),
      aheadMs,
      clockTrustMs: limits.clockTrustMs,
    }
    if (this.#trust === 'doubted') log.warn(clocks, DOUBTED)
    else if (this.#trust === 'confirmed') log.warn(clocks, CONFIRMED)
    else log.info('the system clock fits the last sweep again: what is old is removed as usual')
  }
}

const DOUBTED =
  'nothing old is removed from the store: the system clock is far from the last sweep. ' +
  'Check the clock of this machine. If it is right, sweeping goes on by itself after clockTrustMs'

const CONFIRMED =
  'the system clock has run on for clockTrustMs: what is old by it is removed from the store, ' +
  'one step of maxClockStepMs in each sweep'

function judge(
  record: ClockRecord,
  { now, sinceLookMs }: { now: number; sinceLookMs: number },
  { maxClockStepMs, clockTrustMs }: Limits,
): Judgement {
  const stepMs = maxClockStepMs + sinceLookMs
  const isNear = (time: number): boolean => now - time <= stepMs && time - now <= maxClockStepMs
  const aheadMs = now - record.swept_at
  const trusted = { swept_at: now, doubted_at: 0, doubted_ms: 0 }
  if (isNear(record.swept_at)) return { record: trusted, until: now, aheadMs }

  const runMs = Math.min(Math.max(0, now - record.doubted_at), Math.round(sinceLookMs))
  const doubtedMs = isNear(record.doubted_at) ? record.doubted_ms + runMs : 0
  const doubted = { doubted_at: now, doubted_ms: doubtedMs }
  if (doubtedMs < clockTrustMs) {
    return { record: { swept_at: record.swept_at, ...doubted }, until: undefined, aheadMs }
  }
  if (aheadMs < 0) return { record: trusted, until: now, aheadMs }
  const until = record.swept_at + Math.ceil(Math.max(maxClockStepMs, aheadMs / MAX_STEPS))
  return { record: { swept_at: until, ...doubted }, until, aheadMs }
}
