import type { LimitName, Limits } from '../shared/limits.js'
import { createRateLimit } from '../shared/rateLimit.js'
import { createWindowLimit } from '../shared/windowLimit.js'
import type { WindowLimit } from '../shared/windowLimit.js'

/** One limit that an attempt is charged to. */
export interface LimitCharge {
  readonly name: LimitName
  /** Who or what is counted. */
  readonly key: string
  readonly windowMs: number
  /**
   * `window`: never more than the limit in any window. `bucket`: as many at once, and new ones come back
   * evenly over the window.
   */
  readonly kind: 'window' | 'bucket'
}

/** What an attempt was charged. */
export interface LimitReceipt {
  readonly charges: readonly LimitCharge[]
  /** When, by the clock of the limits. */
  readonly at: number
}

/** The limit that refused an attempt. */
export interface LimitRefusal {
  readonly charge: LimitCharge
  readonly retryAfterMs: number
  /** Whether attempts in flight hold a part of the limit, which they may give back. */
  readonly isHeld: boolean
}

/** An attempt was charged, or refused. */
export type LimitOutcome = { readonly receipt: LimitReceipt } | { readonly refusal: LimitRefusal }

/** Limits that hold over all processes on a store in PostgreSQL, and in each process on a file. */
export interface StrictLimits {
  /**
   * Charges an attempt to all of its limits, or to none if one of them refuses.
   *
   * @throws {CommandError} `store_unavailable`, `rate_limited` where too many attempts are queued
   */
  take(this: void, charges: readonly LimitCharge[]): Promise<LimitOutcome>
  /**
   * Ends an attempt. A failed one stays charged to its windows; of another one they are given back.
   * Buckets give nothing back.
   */
  settle(this: void, receipt: LimitReceipt, hasFailed: boolean): Promise<void>
}

/** Limits in memory, so a restart resets them. */
export function createLocalLimits(limits: Limits): StrictLimits {
  const byName = new Map<LimitName, WindowLimit>()
  /** How many attempts in flight each key holds. */
  const held = new Map<string, number>()

  const limitOf = ({ name, windowMs, kind }: LimitCharge): WindowLimit => {
    let limit = byName.get(name)
    if (!limit) {
      const [count, maxKeys] = [limits[name], limits.maxCounted]
      const perSecond = (count / windowMs) * 1_000
      limit =
        kind === 'window'
          ? createWindowLimit({ count, windowMs, maxKeys })
          : createRateLimit({ burst: count, perSecond, maxKeys })
      byName.set(name, limit)
    }
    return limit
  }
  const giveBack = (charges: readonly LimitCharge[]): void => {
    for (const charge of charges) {
      if (charge.kind === 'window') limitOf(charge).giveBack(charge.key)
    }
  }
  const hold = ({ name, key }: LimitCharge, change: number): void => {
    const count = (held.get(`${name} ${key}`) ?? 0) + change
    if (count > 0) held.set(`${name} ${key}`, count)
    else held.delete(`${name} ${key}`)
  }
  const take = (given: readonly LimitCharge[]): LimitOutcome => {
    const charges = given.filter(({ name }) => Number.isFinite(limits[name]))
    for (const [index, charge] of charges.entries()) {
      const retryAfterMs = limitOf(charge).take(charge.key)
      if (retryAfterMs === 0) continue
      giveBack(charges.slice(0, index))
      const isHeld = held.has(`${charge.name} ${charge.key}`)
      return { refusal: { charge, retryAfterMs, isHeld } }
    }
    for (const charge of charges) hold(charge, 1)
    return { receipt: { charges, at: performance.now() } }
  }
  return {
    take: (charges) => Promise.resolve(take(charges)),
    settle({ charges }, hasFailed) {
      for (const charge of charges) hold(charge, -1)
      if (!hasFailed) giveBack(charges)
      return Promise.resolve()
    },
  }
}
