import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { isHandshake, refuseHandshake } from '../guards/refuseHandshake.js'
import { serverDraining } from '../shared/draining.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { timerMs } from '../shared/timerMs.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { unsentPacketsOf } from '../socketio/engineInternals.js'
import { sendSafely } from '../socketio/guardHooks.js'
import type { Transports } from '../socketio/transportEvents.js'
import { trackConnections } from '../socketio/trackConnections.js'

/** What closing needs. */
export interface CloseWithAppOptions {
  transports: Transports
  /** Sockets that have left HTTP, so that Node's own closeAllConnections() does not reach them. */
  upgraded: ReadonlySet<Duplex>
  draining: Draining
  metrics: Metrics
  limits: Limits
}

/**
 * Closes the connections when the app closes, in the way after which clients come back: announced,
 * with what is in flight finished and answered, and by closing the engine and not the namespaces,
 * since a client that is disconnected by its server stays away. Peers that do not read their
 * answers, or do not answer the close, are cut after a grace period.
 */
export function closeWithApp(
  app: FastifyInstance,
  io: RealtimeServer,
  { transports, upgraded, draining, metrics, limits }: CloseWithAppOptions,
): void {
  transports.watch({
    // A client that is refused here can connect elsewhere.
    requested(request, response) {
      if (!draining.isDraining || !isHandshake(io, request)) return false
      metrics.connectionRefused('server_draining')
      refuseHandshake(request, response, serverDraining(limits), limits)
      return true
    },
  })
  io.on('connection', (connection) => {
    if (draining.isDraining) connection.emit('server:draining', announcement(io, limits))
  })

  const cutConnections = trackConnections(app)
  let grace: NodeJS.Timeout | undefined
  const drain = async (): Promise<void> => {
    draining.begin()
    sendSafely(app.log, 'server:draining', () => {
      io.local.emit('server:draining', announcement(io, limits))
    })
    await draining.whenIdle(limits.drainTimeoutMs)
    const isOver = new Promise<void>((resolve) => {
      grace = setTimeout(() => {
        for (const socket of upgraded) socket.destroy()
        cutConnections()
        resolve()
      }, timerMs(limits.closeGraceMs))
    })
    // The engine drops what still waits for a transport, such as for the next poll.
    await Promise.race([isOver, Promise.all([...transports.open].map(handedOver))])
    io.engine.close()
  }
  beforeClosing(app, drain)
  app.addHook('onClose', (_app, done) => {
    clearTimeout(grace)
    done()
  })
}

/**
 * Calls back when the app is about to close, once, and lets it close when that has resolved.
 *
 * A hook `preClose` is cut by the app's `pluginTimeout`, for which all of its plugins share a value.
 * What is to be done on closing is not, and the last that is registered comes first: before Fastify's
 * own, which stops to listen. By `onReady` Fastify has registered that.
 */
function beforeClosing(app: FastifyInstance, work: () => Promise<void>): void {
  let running: Promise<void> | undefined
  const once = (): Promise<void> => (running ??= work())
  app.addHook('onReady', (done) => {
    // The types leave it out, and `addHook()` is refused by then if the app was ready for long.
    const { onClose } = app as { onClose?: (this: void, work: () => Promise<void>) => void }
    onClose?.(once)
    done()
  })
  app.addHook('preClose', once) // an app that never was ready has nothing to wait for
}

/** The window grows with the number of clients, so that a few lose no time. */
function announcement(io: RealtimeServer, limits: Limits) {
  const { drainRetryAfterMs, drainReturnsPerSecond, drainSpreadMs } = limits
  const neededMs = Math.ceil((io.sockets.sockets.size / drainReturnsPerSecond) * 1_000)
  return { retryAfterMs: drainRetryAfterMs, spreadMs: Math.min(neededMs, drainSpreadMs) }
}

/** Resolves once the transport of a connection has taken everything that is to be sent. */
function handedOver(conn: Connection['conn']): Promise<void> {
  const unsent = unsentPacketsOf(conn) ?? []
  if (unsent.length === 0) return Promise.resolve()
  return new Promise((resolve) => {
    conn.once('drain', resolve).once('close', resolve)
  })
}
