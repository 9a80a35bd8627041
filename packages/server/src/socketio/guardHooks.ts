import type { FastifyBaseLogger } from 'fastify'
import type { Connection, RealtimeServer } from './connection.js'

/** What Socket.IO runs for each packet that is sent: the listeners of `onAnyOutgoing()`. */
interface Notifying {
  notifyOutgoingListeners?: (this: Connection, packet: unknown) => void
}

/**
 * Keeps what an app's `onAnyOutgoing()` listeners throw to themselves. Socket.IO runs them before it
 * sends, and a broadcast ends at the first that throws: the others would not get it.
 */
export function guardHooks(io: RealtimeServer, log: FastifyBaseLogger): void {
  function notifySafely(this: Connection, packet: unknown): void {
    try {
      notify?.call(this, packet)
    } catch (error) {
      log.error(
        { err: error },
        'an onAnyOutgoing() listener threw; the packet is sent all the same',
      )
    }
  }
  let notify: Notifying['notifyOutgoingListeners']
  io.use((connection, next) => {
    const notifying = connection as unknown as Notifying // it is private there
    notify ??= notifying.notifyOutgoingListeners
    notifying.notifyOutgoingListeners = notifySafely
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
