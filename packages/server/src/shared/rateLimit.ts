import type { AnswerError } from '@yektayar/protocol'
import { CommandError } from './commandError.js'
import type { LimitName, Limits } from './limits.js'
import type { Metrics } from './metrics.js'
import { RecentMap } from './recentMap.js'

/** The tolerance for rounding errors of fractional tokens. */
const ROUNDING = 1e-9

/** The rate of a token bucket. */
interface Rate {
  /** How many may happen at once after a pause. */
  readonly burst: number
  /** How many more may happen in each second. */
  readonly perSecond: number
}

interface RateLimitOptions extends Rate {
  /** How many keys are tracked; the least recently used are forgotten first. */
  maxKeys: number
  /** What limits it, as refusals name it. */
  limit?: LimitName
  /** Called for each refusal. */
  onRefused?: (this: void, key: string) => void
}

/** Limits by key how often something happens. */
export interface RateLimit {
  readonly limit?: LimitName | undefined
  /**
   * Takes all requested tokens, or none. Returns 0, or the milliseconds until they are available.
   *
   * @param now by `performance.now()`. @default the current time
   */
  take(key: string, count?: number, now?: number): number
  /** Gives back what was taken for nothing. @default one */
  giveBack(key: string, count?: number): void
  /** Takes tokens for work that is already done, going into debt if there are not enough. */
  charge(key: string, count: number): void
  /** Leaves at most this many tokens, since others have taken them elsewhere. */
  lower(key: string, count: number): void
}

/** Holds `burst` tokens and gets `perSecond` new ones. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #filledAt = performance.now()

  constructor(rate: Rate) {
    this.#rate = rate
    this.#tokens = rate.burst
  }

  /** Takes all requested tokens, or none. Returns 0, or the milliseconds to wait for them. */
  take(count = 1, now = performance.now()): number {
    const { burst, perSecond } = this.#rate
    this.#fill(now)
    const wanted = Math.min(count, burst)
    if (this.#tokens < wanted - ROUNDING)
      return Math.ceil(((wanted - this.#tokens) / perSecond) * 1_000)
    this.#tokens -= wanted
    return 0
  }

  /** Gives back what was taken for nothing. */
  giveBack(count = 1): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + count)
  }

  /** Takes tokens in any case; the debt is at most `burst`. */
  charge(count: number, now = performance.now()): void {
    this.#fill(now)
    this.#tokens = Math.max(-this.#rate.burst, this.#tokens - count)
  }

  /** Leaves at most this many tokens. */
  lower(count: number, now = performance.now()): void {
    this.#fill(now)
    this.#tokens = Math.min(this.#tokens, Math.max(-this.#rate.burst, count))
  }

  #fill(now: number): void {
    const { burst, perSecond } = this.#rate
    const passed = Math.max(0, now - this.#filledAt) // the caller may have read the clock earlier
    this.#tokens = Math.min(burst, this.#tokens + (passed / 1_000) * perSecond)
    this.#filledAt += passed
  }
}

/** Token buckets by key. */
export function createRateLimit({
  maxKeys,
  limit,
  onRefused,
  ...rate
}: RateLimitOptions): RateLimit {
  const buckets = new RecentMap<string, TokenBucket>(maxKeys)
  const bucketOf = (key: string): TokenBucket => {
    let bucket = buckets.get(key)
    if (!bucket) {
      bucket = new TokenBucket(rate)
      buckets.set(key, bucket)
    }
    return bucket
  }
  return {
    limit,
    take(key, count, now) {
      const retryAfterMs = bucketOf(key).take(count, now)
      if (retryAfterMs > 0) onRefused?.(key)
      return retryAfterMs
    },
    giveBack(key, count) {
      buckets.get(key)?.giveBack(count)
    },
    charge(key, count) {
      bucketOf(key).charge(count)
    },
    lower(key, count) {
      bucketOf(key).lower(count)
    },
  }
}

/**
 * Limits the commands of each session, or its calls over REST.
 *
 * @param onRefused called with the id of the session
 */
export function commandsPerSession(
  limits: Limits,
  { refused }: Metrics,
  onRefused?: (sessionId: string, limit: LimitName) => void,
): RateLimit {
  const limit = 'commandsPerSessionPerSecond'
  return createRateLimit({
    burst: limits.commandBurstPerSession,
    perSecond: limits[limit],
    maxKeys: limits.maxCounted,
    limit,
    onRefused: (sessionId) => {
      refused(limit)
      onRefused?.(sessionId, limit)
    },
  })
}

/** A limit per hour, all of which may be used at once. */
export function perHour(name: LimitName, limits: Limits, { refused }: Metrics): RateLimit {
  return createRateLimit({
    burst: limits[name],
    perSecond: limits[name] / 3_600,
    maxKeys: limits.maxCounted,
    limit: name,
    onRefused: () => {
      refused(name)
    },
  })
}

/**
 * Takes one token, or throws.
 *
 * @throws {CommandError} `rate_limited` with `{ retryAfterMs, limit }`
 */
export function takeOrRefuse(limit: RateLimit, key: string, what: string, now?: number): void {
  const retryAfterMs = limit.take(key, 1, now)
  if (retryAfterMs > 0) throw rateLimited(what, retryAfterMs, limit.limit)
}

/** The name of the limit that refused something, if it names one. */
export function limitIn({ code, data }: AnswerError): string | undefined {
  const { limit } = (data ?? {}) as { limit?: unknown }
  return code === 'rate_limited' && typeof limit === 'string' ? limit : undefined
}

/**
 * The refusal of what comes too often.
 *
 * @param limit what refuses it
 */
export function rateLimited(what: string, retryAfterMs: number, limit?: LimitName): CommandError {
  const seconds = String(Math.ceil(retryAfterMs / 1_000))
  return new CommandError('rate_limited', `Too many ${what}`, {
    hint: `Try again in ${seconds} s${limit ? `, or raise the limit ${limit}` : ''}`,
    data: { retryAfterMs, ...(limit && { limit }) },
  })
}
