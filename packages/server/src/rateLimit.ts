import { CommandError } from './commandError.js'
import type { LimitName, Limits } from './limits.js'
import type { Metrics } from './metrics/metrics.js'

/** How often something may happen. */
interface RateLimitOptions {
  /** How many may happen at once, after a time of rest. */
  burst: number
  /** How many more may happen in each second. */
  perSecond: number
  /** How many keys are known at a time; the one that was used longest ago is forgotten first. */
  maxKeys: number
  /** Told of each one that there was no room for. */
  onRefused?: (this: void) => void
}

/** Counts by key how often something happens. */
export interface RateLimit {
  /** Takes some at once, or none; returns 0, or the milliseconds after which they are free again. */
  take(key: string, count?: number): number
}

interface Bucket {
  tokens: number
  filledAt: number
}

/**
 * Token buckets by key: each holds `burst` tokens and gets `perSecond` new ones.
 */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { burst, perSecond, maxKeys, onRefused } = options
  const buckets = new Map<string, Bucket>()
  return {
    take(key, count = 1) {
      const now = performance.now()
      const bucket = buckets.get(key) ?? { tokens: burst, filledAt: now }
      // Taken out and put back, so that the map stays in the order of use.
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > maxKeys) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest)
          break
        }
      }
      const refilled = ((now - bucket.filledAt) / 1_000) * perSecond
      bucket.tokens = Math.min(burst, bucket.tokens + refilled)
      bucket.filledAt = now
      const wanted = Math.min(count, burst)
      if (bucket.tokens >= wanted) {
        bucket.tokens -= wanted
        return 0
      }
      onRefused?.()
      return Math.ceil(((wanted - bucket.tokens) / perSecond) * 1_000)
    },
  }
}

/** One of the limits of so many in a minute, all of which may come at once. */
export function perMinute(name: LimitName, limits: Limits, { refused }: Metrics): RateLimit {
  return createRateLimit({
    burst: limits[name],
    perSecond: limits[name] / 60,
    maxKeys: limits.maxCounted,
    onRefused: () => {
      refused(name)
    },
  })
}

/**
 * Takes one or refuses.
 *
 * @throws {CommandError} `rate_limited` with `{ retryAfterMs }`
 */
export function takeOrRefuse(limit: RateLimit, key: string, what: string): void {
  const retryAfterMs = limit.take(key)
  if (retryAfterMs === 0) return
  throw new CommandError('rate_limited', `Too many ${what}`, {
    hint: `Try again in ${String(Math.ceil(retryAfterMs / 1_000))} s`,
    data: { retryAfterMs },
  })
}
