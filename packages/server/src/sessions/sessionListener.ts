import type { SessionEndCode } from '@yektayar/protocol'
import type { Limits } from '../shared/limits.js'
import type { SweepClock } from '../store/sweepClock.js'
import type { Store, StoredSession } from '../store/store.js'

/** What has to be told to the connections of a session. */
export interface SessionListener {
  /** Whether a connection is one of the session's that are open here. */
  has(id: string, socketId: string): boolean
  /** The session has a later end. */
  changed(session: StoredSession): void
  /**
   * The session goes on with other tokens, or as another one, on one connection at most: all others
   * are closed.
   */
  moved(id: string, session: StoredSession, socketId: string | undefined): void
  /**
   * Nothing of the session may take effect any more, but for one connection perhaps; the returned
   * function takes that back.
   */
  suspended(id: string, exceptSocketId?: string): () => void
  /** The session is over. */
  ended(id: string, code: SessionEndCode): void
}

/** What `createSessions` needs. */
export interface SessionsOptions {
  store: Pick<Store, 'now' | 'sessions' | 'upkeep'>
  sweepClock: SweepClock
  listener: SessionListener
  limits: Limits
}
