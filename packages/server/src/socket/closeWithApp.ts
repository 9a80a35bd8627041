import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { RealtimeServer } from './connection.js'

/**
 * Closes the connections when the app closes, in the way after which clients come back.
 *
 * The engine is closed and not the namespaces: a client that is disconnected by its server stays
 * away. Peers that do not answer the close are cut after a grace period.
 */
export function closeWithApp(app: FastifyInstance, io: RealtimeServer, graceMs: number): void {
  // Upgraded sockets have left HTTP, so Node's own closeAllConnections() does not reach them.
  const upgraded = new Set<Duplex>()
  app.server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
  })

  let grace: NodeJS.Timeout | undefined
  app.addHook('preClose', (done) => {
    io.engine.close()
    grace = setTimeout(() => {
      for (const socket of upgraded) socket.destroy()
      app.server.closeAllConnections()
    }, graceMs)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearTimeout(grace)
    done()
  })
}
