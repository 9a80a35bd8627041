import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Cuts every connection of an app's server that is still in HTTP. */
export type CutConnections = () => void

/**
 * Makes it possible to cut them. A server of HTTP/1 can by itself; one of HTTP/2, with HTTP/1 beside it
 * or without, cannot, so that its connections are kept here.
 */
export function trackConnections({ server }: FastifyInstance): CutConnections {
  // An app with the option http2 has a server of another class, of which these types know nothing.
  const { closeAllConnections } = server as Partial<typeof server>
  if (closeAllConnections)
    return () => {
      closeAllConnections.call(server)
    }
  const open = new Set<Socket>()
  function forget(this: Socket): void {
    open.delete(this)
  }
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', forget)
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}
