import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'

/** What Engine.IO's transports keep to themselves: WebSocket has a socket, polling its open poll. */
interface TransportInsides {
  readonly socket?: { readonly _socket?: TcpSocket | null }
  readonly res?: ServerResponse | null
}

/** Closes a connection at once, with a TCP reset: for peers that do not read. */
export function cutConnection(conn: Connection['conn']): void {
  const tcp = tcpOf(conn) ?? pollOf(conn)?.socket
  conn.close(true)
  // Over polling, a close that has begun would wait for the next poll.
  if (conn.readyState !== 'closed') conn.transport.emit('close')
  if (tcp) resetTcp(tcp)
}

/** Resets a TCP socket; under TLS, and for what is no TCP, it is only closed. */
export function resetTcp(tcp: TcpSocket): void {
  try {
    tcp.resetAndDestroy()
  } catch {
    // It is no TCP.
  }
  tcp.destroy() // the above alone waits for the peer to take what was written
}

/** The TCP socket of a connection over WebSocket. */
export function tcpOf({ transport }: Connection['conn']): TcpSocket | undefined {
  return (transport as TransportInsides).socket?._socket ?? undefined
}

/** The answer to the poll that a connection over polling holds open. */
export function pollOf({ transport }: Connection['conn']): ServerResponse | undefined {
  return (transport as TransportInsides).res ?? undefined
}
