import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { serverDraining } from '../shared/draining.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { timerMs } from '../shared/timerMs.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { Transports } from '../socketio/transportEvents.js'
import { trackConnections } from '../socketio/trackConnections.js'
import { announceDraining, drainingNotice, handedOver } from './announceDraining.js'
import { refuseWhile } from './refuseWhile.js'

/** What `closeWithApp()` needs. */
export interface CloseWithAppDeps {
  transports: Transports
  /** Upgraded sockets, which Node's own closeAllConnections() does not reach. */
  upgraded: ReadonlySet<Duplex>
  draining: Draining
  metrics: Metrics
  limits: Limits
}

/**
 * Closes the connections when the app closes, so that clients come back: it announces the close,
 * waits until commands in flight are answered, and closes the engine. It does not disconnect
 * namespaces, since a Socket.IO client does not reconnect after its server disconnected it. Peers
 * that do not read their answers or do not answer the close are cut after a grace period.
 */
export function closeWithApp(
  app: FastifyInstance,
  io: RealtimeServer,
  { transports, upgraded, draining, metrics, limits }: CloseWithAppDeps,
): void {
  const refusal = () => (draining.isDraining ? serverDraining(limits) : undefined)
  refuseWhile(io, refusal, { transports, metrics, limits })
  io.on('connection', (connection) => {
    if (draining.isDraining) connection.emit('server:draining', drainingNotice(io, limits))
  })

  const cutConnections = trackConnections(app)
  let grace: NodeJS.Timeout | undefined
  const drain = async (): Promise<void> => {
    const { retryAfterMs, spreadMs } = drainingNotice(io, limits)
    draining.begin(retryAfterMs + spreadMs)
    announceDraining(io, limits, app.log)
    await draining.whenIdle(limits.drainTimeoutMs)
    const isOver = new Promise<void>((resolve) => {
      grace = setTimeout(() => {
        for (const socket of upgraded) socket.destroy()
        cutConnections()
        resolve()
      }, timerMs(limits.closeGraceMs))
    })
    // The engine drops packets that still wait for a transport, for example for the next poll.
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
 * Runs `work` once when the app is about to close, and delays the close until it has resolved.
 *
 * A `preClose` hook is cut off by the app's `pluginTimeout`, one value for all plugins. Work passed
 * to `app.onClose()` is not cut off, and the last one registered runs first. Fastify registers
 * its own, which stops listening, before `onReady`; so this one, registered then, runs before it.
 */
function beforeClosing(app: FastifyInstance, work: () => Promise<void>): void {
  let running: Promise<void> | undefined
  const once = (): Promise<void> => (running ??= work())
  app.addHook('onReady', (done) => {
    // `onClose()` is missing in the types; `addHook()` may no longer be allowed at this point.
    const { onClose } = app as { onClose?: (this: void, work: () => Promise<void>) => void }
    onClose?.(once)
    done()
  })
  app.addHook('preClose', once) // for an app that never became ready: nothing to wait for
}
