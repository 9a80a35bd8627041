import type { SessionEndCode } from '@yektayar/protocol'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/metrics.js'
import type { StoredSession } from '../sessions/sessionQueries.js'
import type { SessionListener } from '../sessions/sessions.js'
import type { Connection } from './connection.js'
import { endConnection } from './endConnection.js'

/** Longer delays overflow the 32 bits of `setTimeout` and would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

interface LiveSession {
  readonly connections: Set<Connection>
  expiresAt: number
  /** Fires when the session expires, or re-arms itself on the way there. */
  timer: NodeJS.Timeout | undefined
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
  /** Takes in a connection until it disconnects; one that is not admitted has to be taken out. */
  add(connection: Connection, session: StoredSession): () => void
  /** The sessions that have connections here. */
  ids(this: void): string[]
  /** Stops all timers. */
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

  function arm(id: string, live: LiveSession): void {
    clearTimeout(live.timer)
    const remainingMs = live.expiresAt - Date.now()
    if (remainingMs <= 0) {
      onExpired(id)
      return
    }
    live.timer = setTimeout(arm, Math.min(remainingMs, MAX_TIMER_MS), id, live)
  }

  function remove(id: string, connection: Connection): void {
    const live = lives.get(id)
    if (!live?.connections.delete(connection) || live.connections.size > 0) return
    clearTimeout(live.timer)
    lives.delete(id)
    onLeft(id)
  }

  return {
    add(connection, { id, expiresAt }) {
      const live = lives.get(id) ?? { connections: new Set(), expiresAt, timer: undefined }
      lives.set(id, live)
      live.connections.add(connection)
      live.expiresAt = expiresAt
      const [oldest] = live.connections
      if (oldest && live.connections.size > limits.connectionsPerSession) {
        metrics.refused('connectionsPerSession')
        live.connections.delete(oldest)
        endOne(oldest, 'replaced', limits)
      }
      const leave = (): void => {
        remove(id, connection)
      }
      connection.once('disconnect', leave)
      arm(id, live)
      return leave
    },

    changed({ id, userId, expiresAt }) {
      const live = lives.get(id)
      if (!live) return
      live.expiresAt = expiresAt
      arm(id, live)
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
      for (const { timer } of lives.values()) clearTimeout(timer)
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
