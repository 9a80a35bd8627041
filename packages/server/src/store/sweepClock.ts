import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { Judgement } from './judgeClock.js'
import type { UpkeepStore } from './upkeep.js'

type Trust = 'trusted' | 'doubted' | 'confirmed'

/** What the sweep clock needs. */
export interface SweepClockDeps {
  upkeep: Pick<UpkeepStore, 'judgeClock'>
  limits: Limits
  log: FastifyBaseLogger
}

/**
 * The clock by which the store is swept. A start with a clock that is weeks ahead must not remove
 * recent data, since it could not be restored.
 *
 * The store records the time up to which it was swept. A clock that is more than one step away from
 * that is in doubt. It is trusted only after it has run steadily for long enough, measured by the
 * monotonic clock and across restarts. From then on each sweep advances by one step, so that little
 * is removed if the clock is corrected later.
 */
export class SweepClock {
  readonly #deps: SweepClockDeps
  #trust: Trust = 'trusted'
  /** The last call of `look()`, by the monotonic clock. */
  #lookedAt: number | undefined

  constructor(deps: SweepClockDeps) {
    this.#deps = deps
  }

  /**
   * The time against which a sweep measures ages; `undefined` while the clock is in doubt, when
   * nothing may be removed because of its age. Call it once per sweep.
   */
  async look(): Promise<number | undefined> {
    const sinceLookMs = this.#lookedAt === undefined ? 0 : performance.now() - this.#lookedAt
    const judgement = await this.#deps.upkeep.judgeClock(sinceLookMs)
    this.#lookedAt = performance.now()
    this.#report(judgement)
    return judgement.until
  }

  #report({ record, until, aheadMs }: Judgement): void {
    const { limits, log } = this.#deps
    const before = this.#trust
    const isCatchingUp = until !== undefined && record.doubtedAt > 0
    this.#trust = until === undefined ? 'doubted' : isCatchingUp ? 'confirmed' : 'trusted'
    if (this.#trust === before) return
    const clocks = {
      lastSweep: new Date(record.sweptAt),
      aheadMs,
      clockTrustMs: limits.clockTrustMs,
    }
    if (this.#trust === 'doubted') log.warn(clocks, DOUBTED)
    else if (this.#trust === 'confirmed') log.warn(clocks, CONFIRMED)
    else log.info('the system clock fits the last sweep again: expired data is removed as usual')
  }
}

const DOUBTED =
  'no expired data is removed from the store: the system clock is far from the last sweep. ' +
  'Check the clock of this machine. If it is right, sweeping continues by itself after clockTrustMs'

const CONFIRMED =
  'the system clock has run steadily for clockTrustMs: expired data is removed from the store, ' +
  'one step of maxClockStepMs in each sweep'
