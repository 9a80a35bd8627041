import { setTimeout as pass } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Draining } from './draining.js'
import type { Limits } from './limits.js'
import { timerMs } from './timerMs.js'

/** Whoever has not asked for so long does not look before it sends clients here. */
const ASKED_LATELY_MS = 60_000

/** What the notice depends on. */
export interface CloseNoticeDeps {
  draining: Draining
  /** Whether somebody is taken to ask `/ready` although nobody has so far. */
  isProduction: boolean
  limits: Limits
  log: FastifyBaseLogger
}

/** Gives those who send clients here the time to see that the server is about to close. */
export interface CloseNotice {
  /** Somebody has asked `/ready`. */
  onAsked(this: void): void
  /** `/ready` is 503 from now on while all else goes on; resolves once that was to be seen for long enough. */
  announce(this: void): Promise<void>
}

/** Creates the notice of one server. */
export function createCloseNotice({
  draining,
  isProduction,
  limits,
  log,
}: CloseNoticeDeps): CloseNotice {
  let askedAt = -Infinity
  return {
    onAsked() {
      askedAt = performance.now()
    },
    async announce() {
      draining.withdraw()
      const isWatched = isProduction || performance.now() - askedAt < ASKED_LATELY_MS
      if (!isWatched) return
      const { readyNoticeMs } = limits
      log.info({ readyNoticeMs }, '/ready is 503 from now on, before the server closes')
      await pass(timerMs(readyNoticeMs))
    },
  }
}
