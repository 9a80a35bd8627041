import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../limits.js'
import { trimOutboxes, trimRooms } from '../rooms/retention.js'
import type { Database } from '../store/openDatabase.js'
import type { Sessions } from './sessions.js'

const DAY_MS = 24 * 60 * 60_000

/** What the sweeper needs. */
export interface SweeperOptions {
  sessions: Sessions
  database: Database
  /** The sessions that are connected here, and so not idle. */
  connectedIds(this: void): string[]
  intervalMs: number
  limits: Limits
  log: FastifyBaseLogger
}

/** Removes what is over from the store, now and from time to time; returns the function that stops it. */
export function startSweeper(options: SweeperOptions): () => void {
  const { intervalMs, log } = options
  let isStopped = false
  const run = (): void => {
    sweep(options).catch((error: unknown) => {
      if (!isStopped) log.error({ err: error }, 'sweeping the store failed')
    })
  }
  run()
  const timer = setInterval(run, intervalMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}

async function sweep(options: SweeperOptions): Promise<void> {
  const { sessions, database, connectedIds, limits, log } = options
  // First, so that those that are connected do not count as idle.
  await sessions.touchAll(connectedIds())
  const count = await sessions.sweep()
  if (count > 0) log.info({ count }, 'swept expired sessions')
  const rows = await trimRooms(database, Date.now(), limits)
  if (rows > 0) log.info({ rows }, 'trimmed rooms')
  await trimOutboxes(database, Date.now(), limits)
}

/** Often enough that a connected session never counts as idle. */
export function sweepIntervalMs(sessionIdleDays: number, limits: Limits): number {
  const idleMs = sessionIdleDays === 0 ? Infinity : sessionIdleDays * DAY_MS
  return Math.min(limits.sweepIntervalMs, idleMs / 3)
}
