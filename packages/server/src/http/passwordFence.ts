import { countedAddress } from '../shared/clientAddress.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { rateLimited } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { createWindowLimit } from '../shared/windowLimit.js'

const MINUTE_MS = 60_000

/** What `createPasswordFence()` needs. */
export interface PasswordFenceDeps {
  /** The path that the password protects, for the log. */
  where: string
  limits: Limits
  metrics: Pick<Metrics, 'refused'>
  logRefusal: RefusalLog
}

/**
 * Checks a password, and counts a wrong one for its address.
 *
 * @throws {CommandError} `rate_limited` after too many wrong ones, without comparing
 */
export type PasswordFence = (address: string, isRight: () => boolean) => boolean

/** Limits wrong passwords by address; right ones do not count. */
export function createPasswordFence({
  where,
  limits,
  metrics,
  logRefusal,
}: PasswordFenceDeps): PasswordFence {
  const limit = 'wrongPasswordsPerAddressPerMinute'
  const guesses = createWindowLimit({
    count: limits[limit],
    windowMs: MINUTE_MS,
    maxKeys: limits.maxCounted,
  })
  return (address, isRight) => {
    const network = countedAddress(address)
    const key = `${where} ${network}`
    const retryAfterMs = guesses.take(network)
    if (retryAfterMs > 0) {
      metrics.refused(limit)
      logRefusal(
        `${key} limit`,
        { where, address, limit },
        'password refused after too many wrong ones',
      )
      throw rateLimited('wrong passwords', retryAfterMs, limit)
    }
    if (isRight()) {
      guesses.giveBack(network)
      return true
    }
    logRefusal(key, { where, address }, 'wrong password')
    return false
  }
}
