import { setTimeout as pass } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Draining } from './draining.js'
import type { Limits } from './limits.js'
import { timerMs } from './timerMs.js'

/** A load balancer that has not asked `/ready` for so long is not taken to watch it. */
const ASKED_LATELY_MS = 60_000

/** What the notice depends on. */
export interface CloseNoticeDeps {
  draining: Draining
  /** In production, a load balancer is expected to watch `/ready`, even if none has asked yet. */
  isProduction: boolean
  limits: Limits
  log: FastifyBaseLogger
}

/** Gives load balancers the time to notice that the server is about to close. */
export interface CloseNotice {
  /** Something has asked `/ready`. */
  onAsked(this: void): void
  /**
   * Answers `/ready` with 503 from now on, while everything else goes on. Resolves after `readyNoticeMs`,
   * or at once if no load balancer watches `/ready`.
   */
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
