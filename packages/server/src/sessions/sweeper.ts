import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../limits.js'
import type { Sessions } from './sessions.js'

const DAY_MS = 24 * 60 * 60_000

/**
 * Sweeps sessions that are over, now and from time to time; returns the function that stops it.
 * Those that are connected are noted as active first, so that they do not count as idle.
 */
export function startSweeper(
  sessions: Sessions,
  connectedIds: () => string[],
  intervalMs: number,
  log: FastifyBaseLogger,
): () => void {
  let isStopped = false
  const sweep = (): void => {
    const swept = sessions.touchAll(connectedIds()).then(() => sessions.sweep())
    swept.then(
      (count) => {
        if (count > 0) log.info({ count }, 'swept expired sessions')
      },
      (error: unknown) => {
        if (!isStopped) log.error({ err: error }, 'sweeping expired sessions failed')
      },
    )
  }
  sweep()
  const timer = setInterval(sweep, intervalMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}

/** Often enough that a connected session never counts as idle. */
export function sweepIntervalMs(sessionIdleDays: number, limits: Limits): number {
  const idleMs = sessionIdleDays === 0 ? Infinity : sessionIdleDays * DAY_MS
  return Math.min(limits.sweepIntervalMs, idleMs / 3)
}
