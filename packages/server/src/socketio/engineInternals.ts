import type { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'

type Conn = Connection['conn']

type WebSocketLike = EventEmitter & { readonly _socket?: TcpSocket | null }

/** What Engine.IO's transports keep to themselves: WebSocket has a socket, polling its open poll. */
interface TransportInsides {
  readonly socket?: WebSocketLike
  readonly res?: ServerResponse | null
}

/** The TCP socket of a connection over WebSocket. */
export function tcpOf({ transport }: Conn): TcpSocket | undefined {
  return (transport as TransportInsides).socket?._socket ?? undefined
}

/** The answer to the poll that a connection over polling holds open. */
export function pollOf({ transport }: Conn): ServerResponse | undefined {
  return (transport as TransportInsides).res ?? undefined
}

/** The WebSocket of a connection, if it has one. */
export function webSocketOf({ transport }: Conn): EventEmitter | undefined {
  return (transport as TransportInsides).socket
}
