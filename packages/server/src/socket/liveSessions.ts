import type { SessionEndCode } from '@yektayar/protocol'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/metrics.js'
import type { StoredSession } from '../sessions/sessionQueries.js'
import type { SessionListener } from '../sessions/sessions.js'
import type { Connection } from './connection.js'
import { endConnection } from './endConnection.js'

/** How late the end of a session that expires may be. */
const EXPIRY_LOOK_MS = 250

interface LiveSession {
  readonly connections: Set<Connection>
  expiresAt: number
}

/** What the live sessions tell their owner. */
export interface LiveSessionsOptions {
  /** A session with connections has reached its end. */
  onExpired(this: void, id: string): void
  /** The last connection of a session has closed. */
  onLeft(this: void, id: string): void
  /** Somebody signed in or out on a connection. */
  onChanged(this: void, connection: Connection): void
  limits: Limits
  metrics: Metrics
}

/** The sessions that have connections on this node. */
export interface LiveSessions extends SessionListener {
  /** Takes in a connection, which has to be removed when it is gone or was not let in. */
  add(connection: Connection, session: StoredSession): void
  /** Does nothing for one that was never taken in. */
  remove(connection: Connection): void
  /** The sessions that have connections here. */
  ids(this: void): string[]
  /** Stops its timer. */
  close(): void
}

/** Keeps track of which connections belong to which session, and of when the session expires. */
export function createLiveSessions({
  onExpired,
  onLeft,
  onChanged,
  limits,
  metrics,
}: LiveSessionsOptions): LiveSessions {
  const lives = new Map<string, LiveSession>()
  const connectionsOf = (id: string): Connection[] => [...(lives.get(id)?.connections ?? [])]

  /** One timer for all: most sessions never come near their end. */
  const timer = setInterval(() => {
    const now = Date.now()
    for (const [id, live] of lives) {
      if (live.expiresAt > now) continue
      live.expiresAt = Infinity // told once, unless it gets another end
      onExpired(id)
    }
  }, EXPIRY_LOOK_MS)
  timer.unref()

  return {
    add(connection, { id, expiresAt }) {
      const live = lives.get(id) ?? { connections: new Set(), expiresAt }
      lives.set(id, live)
      live.connections.add(connection)
      live.expiresAt = expiresAt
      if (live.connections.size <= limits.connectionsPerSession) return
      const [oldest] = live.connections
      if (oldest) {
        metrics.refused('connectionsPerSession')
        live.connections.delete(oldest)
        endOne(oldest, 'replaced', limits)
      }
    },

    remove(connection) {
      const id = connection.data.sessionId
      const live = lives.get(id)
      if (!live?.connections.delete(connection) || live.connections.size > 0) return
      lives.delete(id)
      onLeft(id)
    },

    changed({ id, userId, expiresAt }) {
      const live = lives.get(id)
      if (!live) return
      live.expiresAt = expiresAt
      for (const connection of live.connections) {
        if (changeUser(connection, userId)) onChanged(connection)
      }
    },

    suspended(id) {
      const connections = connectionsOf(id)
      for (const { data } of connections) data.isEnded = true
      return () => {
        for (const { data } of connections) data.isEnded = false
      }
    },

    ended(id: string, code: SessionEndCode) {
      for (const connection of connectionsOf(id)) endOne(connection, code, limits)
    },

    ids: () => [...lives.keys()],

    close() {
      clearInterval(timer)
    },
  }
}

/** Says whether it was another user before. */
function changeUser(connection: Connection, userId: string | null): boolean {
  if (connection.data.userId === userId) return false
  const isLoggedIn = userId !== null
  Object.assign(connection.data, { userId, isLoggedIn })
  if (connection.connected) connection.emit('session:changed', { userId, isLoggedIn })
  return true
}

function endOne(connection: Connection, code: SessionEndCode, limits: Limits): void {
  connection.data.isEnded = true
  if (connection.connected) connection.emit('session:ended', { code })
  endConnection(connection, limits.endGraceMs)
}
