import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'
import { pollOf, tcpOf, tellClosed, webSocketOf } from './engineInternals.js'

/** Closes a connection at once, with a TCP reset: for peers that do not read. */
export function cutConnection(conn: Connection['conn']): void {
  const tcp = tcpOf(conn) ?? pollOf(conn)?.socket
  const webSocket = webSocketOf(conn)
  conn.close(true)
  // Over polling, a close that has begun would wait for the next poll.
  if (conn.readyState !== 'closed') tellClosed(conn)
  if (tcp) resetTcp(tcp)
  else webSocket?.terminate?.()
}

/** Resets a TCP socket. A TLS socket or another kind of stream is only closed. */
export function resetTcp(tcp: TcpSocket): void {
  try {
    tcp.resetAndDestroy()
  } catch {
    // not a TCP socket
  }
  tcp.destroy() // without this, the reset waits until the peer has read everything
}
