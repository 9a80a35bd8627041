import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { Judgement } from './judgeClock.js'
import type { UpkeepStore } from './store.js'

type Trust = 'trusted' | 'doubted' | 'confirmed'

/** What a clock for sweeps needs. */
export interface SweepClockOptions {
  upkeep: Pick<UpkeepStore, 'judgeClock'>
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
    const sinceLookMs = this.#lookedAt === undefined ? 0 : performance.now() - this.#lookedAt
    const judgement = await this.#options.upkeep.judgeClock(sinceLookMs)
    this.#lookedAt = performance.now()
    this.#report(judgement)
    return judgement.until
  }

  #report({ record, until, aheadMs }: Judgement): void {
    const { limits, log } = this.#options
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
    else log.info('the system clock fits the last sweep again: what is old is removed as usual')
  }
}

const DOUBTED =
  'nothing old is removed from the store: the system clock is far from the last sweep. ' +
  'Check the clock of this machine. If it is right, sweeping goes on by itself after clockTrustMs'

const CONFIRMED =
  'the system clock has run on for clockTrustMs: what is old by it is removed from the store, ' +
  'one step of maxClockStepMs in each sweep'
