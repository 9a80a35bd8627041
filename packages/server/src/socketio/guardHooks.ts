import type { FastifyBaseLogger } from 'fastify'
import type { Connection, RealtimeServer } from './connection.js'
import { outgoingNotifier, replaceNotifier } from './engineInternals.js'

/**
 * Keeps what an app's `onAnyOutgoing()` listeners throw to themselves. Socket.IO runs them before it
 * sends, and a broadcast ends at the first that throws: the others would not get it.
 */
export function guardHooks(io: RealtimeServer, log: FastifyBaseLogger): void {
  const notify = outgoingNotifier()
  if (!notify) return
  const notifySafely = function (this: Connection, packet: unknown): void {
    try {
      notify.call(this, packet)
    } catch (error) {
      log.error(
        { err: error },
        'an onAnyOutgoing() listener threw; the packet is sent all the same',
      )
    }
  }
  io.use((connection, next) => {
    replaceNotifier(connection, notifySafely)
    next()
  })
}

/** Sends something whose failure concerns nothing else, such as that of an app's own adapter. */
export function sendSafely(log: FastifyBaseLogger, what: string, send: () => void): void {
  try {
    send()
  } catch (error) {
    log.error({ err: error }, `could not send ${what}`)
  }
}
