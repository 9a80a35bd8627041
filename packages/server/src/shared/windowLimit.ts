import type { RateLimit } from './rateLimit.js'
import { RecentMap } from './recentMap.js'

/** A limit that knows no debt. */
export type WindowLimit = Omit<RateLimit, 'charge'>

/** How often something may happen in any stretch of time of one length. */
export interface WindowLimitOptions {
  count: number
  windowMs: number
  /** How many keys are known at a time; those that were not used for long are forgotten first. */
  maxKeys: number
}

/**
 * Counts exactly, by key: never more than `count` in any window. A token bucket would grant twice
 * as many in the first one, which is too much where each is a guess at a password.
 */
export function createWindowLimit({ count, windowMs, maxKeys }: WindowLimitOptions): WindowLimit {
  const taken = new RecentMap<string, number[]>(maxKeys)
  return {
    take(key, wanted = 1, now = performance.now()) {
      let times = taken.get(key)
      if (!times) {
        times = []
        taken.set(key, times)
      }
      const firstValid = times.findIndex((time) => time > now - windowMs)
      times.splice(0, firstValid < 0 ? times.length : firstValid)
      const excess = times.length + Math.min(wanted, count) - count
      const blocking = times[excess - 1]
      if (blocking !== undefined) return Math.max(1, Math.ceil(blocking + windowMs - now))
      for (let left = wanted; left > 0; left--) times.push(now)
      return 0
    },
    giveBack(key) {
      taken.get(key)?.pop()
    },
  }
}
