import type { FastifyBaseLogger } from 'fastify'
import type { Connection, RealtimeServer } from './connection.js'
import { outgoingNotifier, replaceNotifier } from './engineInternals.js'

/**
 * Catches what an app's `onAnyOutgoing()` listeners throw. Socket.IO runs them before it sends, so
 * that a listener that throws would end a broadcast before all members got it.
 */
export function guardHooks(io: RealtimeServer, log: FastifyBaseLogger): void {
  const notify = outgoingNotifier()
  if (!notify) return
  const notifySafely = function (this: Connection, packet: readonly unknown[]): void {
    try {
      notify.call(this, packet)
    } catch (error) {
      log.error(
        { err: error },
        'an onAnyOutgoing() listener threw; the packet is sent nevertheless',
      )
    }
  }
  io.use((connection, next) => {
    replaceNotifier(connection, notifySafely)
    next()
  })
}

/** Sends and logs a failure, for example of an app's own adapter, so that other work continues. */
export function sendSafely(log: FastifyBaseLogger, what: string, send: () => void): void {
  try {
    send()
  } catch (error) {
    log.error({ err: error }, `could not send ${what}`)
  }
}
