import type { FastifyBaseLogger } from 'fastify'
import { createLiveSessions } from '../connections/connectionsBySession.js'
import type { LiveSessions } from '../connections/connectionsBySession.js'
import { createActivityNotes } from '../sessions/activityNotes.js'
import type { ActivityNotes } from '../sessions/activityNotes.js'
import { countChanges } from '../sessions/countChanges.js'
import type { ChangeCounter } from '../sessions/countChanges.js'
import { createSessions } from '../sessions/sessions.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Metrics } from '../shared/metrics.js'
import type { Connection } from '../socketio/connection.js'
import type { Store } from '../store/store.js'
import type { ResolvedOptions } from './options.js'
import type { SweepClock } from '../store/sweepClock.js'

/** What sessions need. */
export interface ComposeSessionsDeps {
  store: Store
  sweepClock: SweepClock
  /** A user signed in or out on a connection. */
  onChanged(this: void, connection: Connection): void
  /** The session of a connection has ended, and its client does not come back as the same member. */
  onOver(this: void, connection: Connection): void
  metrics: Metrics
  log: FastifyBaseLogger
}

/** All sessions of the store, and the sessions with connections on this node. */
export interface AssembledSessions {
  readonly sessions: Sessions
  readonly live: LiveSessions
  readonly changeCounter: ChangeCounter
  readonly activity: ActivityNotes
  /** Stops all timers and writes what is still pending. */
  close(): Promise<void>
}

/** Connects the sessions of the store with the connections on this node. */
export function assembleSessions(
  { limits }: ResolvedOptions,
  { store, sweepClock, onChanged, onOver, metrics, log }: ComposeSessionsDeps,
): AssembledSessions {
  const activity = createActivityNotes({
    store,
    limits,
    onFailure: (error) => {
      log.error({ err: error }, 'could not record when sessions were last seen')
    },
  })
  const live = createLiveSessions({
    now: store.now,
    onExpired: (id) => {
      sessions.expire(id).catch((error: unknown) => {
        log.error({ err: error }, 'could not end an expired session')
      })
    },
    onLeft: activity.left,
    onChanged,
    onOver,
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
    activity,
    async close() {
      live.close()
      await activity.close()
    },
  }
}
