import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { destroyAfter, ignoreError } from '../socketio/endSocket.js'

/**
 * Keeps the sockets that asked for an upgrade, all of which have left HTTP: no time limit of Node's
 * holds for them, and `closeAllConnections()` does not reach them. Must be called before the engine
 * is attached.
 *
 * @param path of Socket.IO; an upgrade elsewhere is the app's own, and is cut if nothing answers it
 * @returns those that are open
 */
export function watchUpgrades(
  app: FastifyInstance,
  path: string,
  { refusalGraceMs }: Limits,
): ReadonlySet<Duplex> {
  const open = new Set<Duplex>()
  function forget(this: Duplex): void {
    open.delete(this)
  }
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    open.add(socket)
    socket.on('close', forget)
    socket.on('error', ignoreError) // until a WebSocket takes over
    if (request.url?.startsWith(`${path}/`)) return
    destroyAfter(socket, refusalGraceMs, () => request.socket.bytesWritten > 0)
  })
  return open
}
