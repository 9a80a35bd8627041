import type { SessionEndCode } from '@yektayar/protocol'
import type { SessionListener } from '../sessions/sessionListener.js'
import type { StoredSession } from '../store/store.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { identityRooms } from '../socketio/connection.js'
import type { Connection } from '../socketio/connection.js'
import { unsentPacketsOf } from '../socketio/engineInternals.js'
import { endConnection } from './endConnection.js'

/** How often to check for expired sessions; a session ends at most this late. */
const EXPIRY_LOOK_MS = 250

interface LiveSession {
  /** Each connection, with the session's `createdAt` when it was admitted or moved to the session. */
  readonly connections: Map<Connection, number>
  expiresAt: number
}

type Lives = Map<string, LiveSession>

/** The callbacks and limits of live sessions. */
export interface LiveSessionsDeps {
  /** The time by which the store decides. */
  now(this: void): number
  /** A session with connections has expired. */
  onExpired(this: void, id: string): void
  /** The last connection of a session has closed, whose activity was recorded at this time. */
  onLeft(this: void, id: string, lastActivityAt: number): void
  /** A connection was moved to another session, with another user. */
  onChanged(this: void, connection: Connection): void
  /** A connection is about to be ended, and its client does not come back as the same member. */
  onOver(this: void, connection: Connection): void
  limits: Limits
  metrics: Metrics
}

/** The sessions that have connections on this node. */
export interface LiveSessions extends SessionListener {
  /** Whether another connection of a session would replace its oldest. */
  isFull(sessionId: string): boolean
  /** Adds a connection. It has to be removed when it closes or is not admitted. */
  add(connection: Connection, session: StoredSession): void
  /** Does nothing for a connection that was never added. */
  remove(connection: Connection): void
  /** The sessions that have connections here. */
  ids(this: void): string[]
  /** Stops the timer. */
  close(): void
}

/** Keeps track of which connections belong to which session, and of when the session expires. */
export function createLiveSessions({
  now,
  onExpired,
  onLeft,
  onChanged,
  onOver,
  limits,
  metrics,
}: LiveSessionsDeps): LiveSessions {
  const lives: Lives = new Map()

  const timer = watchExpiry(lives, { now, onExpired })

  return {
    isFull: (id) => connectionsOf(lives, id).length >= limits.connectionsPerSession,

    add(connection, session) {
      const live = place(lives, connection, session)
      if (live.connections.size <= limits.connectionsPerSession) return
      metrics.refused('connectionsPerSession')
      replaceOldest(live, limits)
    },

    remove(connection) {
      const { sessionId, lastActivityAt } = connection.data
      if (take(lives, connection)) onLeft(sessionId, lastActivityAt)
    },

    has: (id, socketId) =>
      connectionsOf(lives, id).some(
        ({ id, connected, data }) => id === socketId && connected && !data.isEnded,
      ),

    changed({ id, userId, createdAt, expiresAt }) {
      const live = lives.get(id)
      if (!live) return
      live.expiresAt = expiresAt
      for (const [connection, admittedTo] of [...live.connections]) {
        // Only an older server on the same store gives a session another user under the same id.
        const isOther = connection.data.userId !== userId
        if (isOther) onOver(connection)
        // Elsewhere the user has signed in again, so the token of this connection is invalid.
        if (isOther || admittedTo < createdAt) endOne(connection, 'changed', limits)
      }
    },

    moved(id, session, socketId) {
      for (const connection of connectionsOf(lives, id)) {
        if (connection.id === socketId && !connection.data.isEnded) {
          take(lives, connection)
          place(lives, connection, session)
          if (session.id !== id) changeSession(connection, session, onChanged)
        } else {
          const isOther = session.userId === null || session.userId !== connection.data.userId
          if (isOther) onOver(connection)
          endOne(connection, 'changed', limits)
        }
      }
    },

    suspended: (sessionId, exceptSocketId) => suspend(lives, sessionId, exceptSocketId),

    ended(id, code) {
      for (const connection of connectionsOf(lives, id)) {
        if (code !== 'replaced') onOver(connection)
        endOne(connection, code, limits)
      }
    },

    ids: () => [...lives.keys()],

    close() {
      clearInterval(timer)
    },
  }
}

/** One timer for all sessions, since most never come near their end. */
function watchExpiry(
  lives: Lives,
  { now: present, onExpired }: Pick<LiveSessionsDeps, 'now' | 'onExpired'>,
): NodeJS.Timeout {
  const timer = setInterval(() => {
    const now = present()
    for (const [id, live] of lives) {
      if (live.expiresAt > now) continue
      live.expiresAt = Infinity // report it once, unless the session is extended
      onExpired(id)
    }
  }, EXPIRY_LOOK_MS)
  return timer.unref()
}

function connectionsOf(lives: Lives, id: string): Connection[] {
  return [...(lives.get(id)?.connections.keys() ?? [])]
}

/** Adds a connection to a session. */
function place(
  lives: Lives,
  connection: Connection,
  { id, createdAt, expiresAt }: Pick<StoredSession, 'id' | 'createdAt' | 'expiresAt'>,
): LiveSession {
  const live = lives.get(id) ?? { connections: new Map(), expiresAt }
  lives.set(id, live)
  live.connections.set(connection, createdAt)
  live.expiresAt = expiresAt
  return live
}

function replaceOldest({ connections }: LiveSession, limits: Limits): void {
  const [oldest] = connections.keys()
  if (!oldest) return
  connections.delete(oldest)
  endOne(oldest, 'replaced', limits)
}

/** Removes a connection from its session. Returns whether it was the last one. */
function take(lives: Lives, connection: Connection): boolean {
  const { sessionId } = connection.data
  const live = lives.get(sessionId)
  if (!live?.connections.delete(connection) || live.connections.size > 0) return false
  return lives.delete(sessionId)
}

/**
 * Ignores all commands of a session's connections but of one, until the returned function is called. That
 * one belongs to the session as it will be, which a look at the store may find before `moved()` says so.
 */
function suspend(lives: Lives, sessionId: string, exceptSocketId?: string): () => void {
  const all = lives.get(sessionId)?.connections ?? new Map<Connection, number>()
  const kept = [...all].filter(([{ id }]) => id === exceptSocketId)
  const open = [...all.keys()].filter(({ id, data }) => id !== exceptSocketId && !data.isEnded)
  for (const [connection] of kept) all.set(connection, Infinity)
  for (const { data } of open) data.isEnded = true
  return () => {
    // A connection that was ended for another reason since then is no longer in the list.
    for (const [connection, admittedTo] of kept) {
      if (all.has(connection)) all.set(connection, admittedTo)
    }
    for (const connection of open) if (all.has(connection)) connection.data.isEnded = false
  }
}

/** Moves a connection to another session and notifies its client. */
function changeSession(
  connection: Connection,
  { id, userId }: StoredSession,
  onChanged: (connection: Connection) => void,
): void {
  const { data } = connection
  for (const room of identityRooms(data)) void connection.leave(room)
  const isLoggedIn = userId !== null
  Object.assign(data, { sessionId: id, userId, isLoggedIn })
  void connection.join(identityRooms(data))
  connection.emit('session:changed', { userId, isLoggedIn, sessionId: id })
  onChanged(connection)
}

function endOne(connection: Connection, code: SessionEndCode, limits: Limits): void {
  connection.data.isEnded = true
  if (code !== 'replaced') dropUnsent(connection)
  if (connection.connected) connection.emit('session:ended', { code })
  endConnection(connection, limits.endGraceMs)
}

/** Drops events of rooms that wait for backpressure to end, or for the next poll. */
function dropUnsent({ conn }: Connection): void {
  const unsent = unsentPacketsOf(conn) ?? []
  for (let index = unsent.length - 1; index >= 0; index--) {
    const { data } = unsent[index] as { data?: unknown } // checked below
    if (typeof data === 'string' && data.startsWith('2["room:')) unsent.splice(index, 1)
  }
}
