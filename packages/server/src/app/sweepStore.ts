import type { FastifyBaseLogger } from 'fastify'
import { sweepOutboxes } from '../once/sweepOutboxes.js'
import type { SurplusNotes } from '../rooms/surplusNotes.js'
import { sweepRooms, sweepSurplus } from '../rooms/sweepRooms.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'
import { idleMsOf } from '../store/sessionClock.js'
import type { Store } from '../store/store.js'
import { SweepPace } from '../store/sweepPace.js'
import type { SweepClock } from '../store/sweepClock.js'

/** How many sessions one statement marks as in use. */
const TOUCHED_TOGETHER = 500

/** What the sweeper needs. */
export interface SweeperDeps {
  sessions: Sessions
  store: Store
  clock: SweepClock
  /** The rooms that may hold too many messages. */
  surplus: SurplusNotes
  /** The sessions with connections on this node, which are not idle. */
  connectedIds(this: void): string[]
  intervalMs: number
  limits: Limits
  log: FastifyBaseLogger
}

/**
 * Removes expired data from the store, now, at each interval and when this process begins to lead.
 * Returns a function that stops the sweeper and resolves once it no longer uses the store.
 */
export function startSweeper(deps: SweeperDeps): () => Promise<void> {
  const { store, intervalMs, limits, log } = deps
  let isStopped = false
  let running: Promise<void> | undefined
  let pace: SweepPace | undefined
  const run = (): void => {
    if (running || isStopped) return // the last sweep has not ended yet
    pace = new SweepPace(limits.sweepTurnMs)
    running = sweep(deps, pace)
      .catch((error: unknown) => {
        if (!isStopped) log.error({ err: error }, 'sweeping the store failed')
      })
      .finally(() => {
        running = undefined
      })
  }
  run()
  const timer = setInterval(run, timerMs(intervalMs))
  timer.unref()
  store.leadership.onLead(run) // the one before may have ended long before its next sweep
  return async () => {
    isStopped = true
    clearInterval(timer)
    pace?.stop()
    await running
  }
}

async function sweep(deps: SweeperDeps, pace: SweepPace): Promise<void> {
  const { sessions, store, clock, surplus, connectedIds, log } = deps
  const { upkeep } = store
  // First, so that connected sessions do not count as idle.
  const ids = connectedIds()
  for (let start = 0; start < ids.length && (await pace.next()); start += TOUCHED_TOGETHER) {
    await sessions.touchAll(ids.slice(start, start + TOUCHED_TOGETHER))
  }
  if (!(await pace.next())) return
  const isLeading = store.leadership.leads()
  // Each process trims the rooms that its own clients have filled, of which the others do not know.
  const surplusRows = await sweepSurplus({ upkeep, surplus, pace, isLeading })
  if (surplusRows > 0) log.info({ rows: surplusRows }, 'trimmed rooms with too many messages')
  if (!isLeading) return
  const now = await clock.look()
  const count = now === undefined ? 0 : await sessions.sweep(now)
  if (count > 0) log.info({ count }, 'swept expired sessions')
  const { rows, rooms } = await sweepRooms({ upkeep, pace, now })
  if (rows > 0 || rooms > 0) log.info({ rows, rooms }, 'trimmed rooms, and removed unused ones')
  if (now !== undefined) await sweepOutboxes({ upkeep, pace, now })
}

/** The interval between sweeps, short enough that a connected session never counts as idle. */
export function sweepIntervalMs(sessionIdleDays: number, limits: Limits): number {
  return Math.min(limits.sweepIntervalMs, idleMsOf(sessionIdleDays) / 3)
}
