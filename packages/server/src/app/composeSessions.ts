import type { FastifyBaseLogger } from 'fastify'
import { createLiveSessions } from '../connections/connectionsBySession.js'
import type { LiveSessions } from '../connections/connectionsBySession.js'
import { countChanges } from '../sessions/countChanges.js'
import type { ChangeCounter } from '../sessions/countChanges.js'
import { createLeaveNotes } from '../sessions/leaveNotes.js'
import { createSessions } from '../sessions/sessions.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Metrics } from '../shared/metrics.js'
import type { Connection } from '../socketio/connection.js'
import type { Store } from '../store/store.js'
import type { ResolvedOptions } from './options.js'
import type { SweepClock } from '../store/sweepClock.js'

/** What sessions stand in. */
export interface SessionSurroundings {
  store: Store
  sweepClock: SweepClock
  /** Somebody signed in or out on a connection. */
  onChanged(this: void, connection: Connection): void
  metrics: Metrics
  log: FastifyBaseLogger
}

/** Sessions in the store, and those of them that have connections here. */
export interface AssembledSessions {
  readonly sessions: Sessions
  readonly live: LiveSessions
  readonly changeCounter: ChangeCounter
  /** Stops all timers, and writes down what is to be written. */
  close(): Promise<void>
}

/** Puts sessions together with the connections that they have. */
export function assembleSessions(
  { limits }: ResolvedOptions,
  { store, sweepClock, onChanged, metrics, log }: SessionSurroundings,
): AssembledSessions {
  const leaveNotes = createLeaveNotes(
    (ids) => sessions.touchAll(ids),
    (error) => {
      log.error({ err: error }, 'the end of a connection could not be noted')
    },
  )
  const live = createLiveSessions({
    onExpired: (id) => {
      sessions.expire(id).catch((error: unknown) => {
        log.error({ err: error }, 'an expired session could not be ended')
      })
    },
    onLeft: leaveNotes.add,
    onChanged,
    limits,
    metrics,
  })
  const changeCounter = countChanges(live)
  const sessions = createSessions({
    store,
    sweepClock,
    listener: changeCounter,
    limits,
  })
  return {
    sessions,
    live,
    changeCounter,
    async close() {
      live.close()
      await leaveNotes.close()
    },
  }
}
