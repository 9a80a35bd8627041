import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'

/**
 * Closes a connection from which the client shall not come back by itself. What was sent before
 * goes out first; a peer that does not read it within the grace is cut with a TCP reset.
 */
export function endConnection(connection: Connection, graceMs: number): void {
  const { conn } = connection
  const timer = setTimeout(() => {
    resetTransport(conn.transport)
  }, graceMs)
  conn.once('close', () => {
    clearTimeout(timer)
  })
  connection.disconnect(true)
  conn.close() // a connection that is still being admitted has nothing to disconnect
}

/** Engine.IO's transports keep their TCP socket to themselves. */
function resetTransport(transport: unknown): void {
  const { socket: websocket, req } = transport as {
    socket?: { _socket?: TcpSocket }
    req?: { socket: TcpSocket } | null
  }
  const tcp = websocket?._socket ?? req?.socket
  tcp?.resetAndDestroy()
}
