import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Cuts all connections of an app's server that still use HTTP. */
export type CutConnections = () => void

/**
 * Returns the function that cuts them. An HTTP/1 server has `closeAllConnections()`. An HTTP/2
 * server has not, so its connections are tracked here.
 */
export function trackConnections({ server }: FastifyInstance): CutConnections {
  // In an app with the option http2, the server has another class than its type.
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
