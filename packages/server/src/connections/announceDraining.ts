import type { ServerDraining } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { unsentPacketsOf } from '../socketio/engineInternals.js'
import { sendSafely } from '../socketio/guardHooks.js'

/**
 * When clients are to come back. The window grows with the number of clients, so that few clients lose
 * no time.
 */
export function drainingNotice(io: RealtimeServer, limits: Limits): ServerDraining {
  const { drainRetryAfterMs, drainReturnsPerSecond, drainSpreadMs } = limits
  const neededMs = Math.ceil((io.sockets.sockets.size / drainReturnsPerSecond) * 1_000)
  return { retryAfterMs: drainRetryAfterMs, spreadMs: Math.min(neededMs, drainSpreadMs) }
}

/** Tells all clients here that they are about to lose their connections, and when to come back. */
export function announceDraining(
  io: RealtimeServer,
  limits: Limits,
  log: FastifyBaseLogger,
): ServerDraining {
  const notice = drainingNotice(io, limits)
  sendSafely(log, 'server:draining', () => {
    io.local.emit('server:draining', notice)
  })
  return notice
}

/** Resolves once the transport of a connection has taken all packets, or the connection closed. */
export function handedOver(conn: Connection['conn']): Promise<void> {
  const unsent = unsentPacketsOf(conn) ?? []
  if (unsent.length === 0) return Promise.resolve()
  return new Promise((resolve) => {
    conn.once('drain', resolve).once('close', resolve)
  })
}
