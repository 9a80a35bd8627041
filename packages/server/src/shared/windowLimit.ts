import type { RateLimit } from './rateLimit.js'
import { RecentMap } from './recentMap.js'

/** A rate limit that cannot go into debt. */
export type WindowLimit = Omit<RateLimit, 'charge' | 'lower'>

/** Options of a sliding window limit. */
export interface WindowLimitOptions {
  count: number
  windowMs: number
  /** How many keys are tracked; the least recently used are forgotten first. */
  maxKeys: number
}

/**
 * A sliding window by key: never more than `count` in any window. A token bucket would allow twice
 * as many in the first window, which is too much for guesses at a password.
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
