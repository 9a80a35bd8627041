import type { SessionEndCode } from '@yektayar/protocol'
import type { Limits } from '../shared/limits.js'
import type { SweepClock } from '../store/sweepClock.js'
import type { Store, StoredSession } from '../store/store.js'

/** Applies changes of sessions to their connections on this node. */
export interface SessionListener {
  /** Whether the session has this connection open on this node. */
  has(id: string, socketId: string): boolean
  /** The session may have a later expiry. */
  changed(session: StoredSession): void
  /**
   * The session continues with another token, possibly under another id. Only the given connection
   * stays open; all others are closed.
   */
  moved(id: string, session: StoredSession, socketId: string | undefined): void
  /**
   * Stops commands of the session from taking effect, on all connections but the given one. The
   * returned function allows them again.
   */
  suspended(id: string, exceptSocketId?: string): () => void
  /** The session has ended. */
  ended(id: string, code: SessionEndCode): void
}

/** What `createSessions` needs. */
export interface SessionsDeps {
  store: Pick<Store, 'now' | 'sessions' | 'upkeep'>
  sweepClock: SweepClock
  listener: SessionListener
  limits: Limits
}
