import type { EventEmitter } from 'node:events'
import type { Connection, RealtimeServer } from './connection.js'
import { webSocketOf } from './engineInternals.js'
import { Slot } from './slot.js'

type Conn = Connection['conn']

/** Callbacks for control frames, which Engine.IO ignores. */
export interface ControlFrames {
  ping(this: void, conn: Conn): void
  pong(this: void, conn: Conn, payload: Buffer): void
}

/** Reports the WebSocket control frames that peers send. */
export function watchWebSockets(io: RealtimeServer, { ping, pong }: ControlFrames): void {
  const conns = new Slot<Conn>()

  function onPing(this: EventEmitter): void {
    const conn = conns.get(this)
    if (conn) ping(conn)
  }
  function onPong(this: EventEmitter, payload: Buffer): void {
    const conn = conns.get(this)
    if (conn) pong(conn, payload)
  }
  function look(this: Conn): void {
    const webSocket = webSocketOf(this)
    if (!webSocket) return
    conns.set(webSocket, this)
    webSocket.on('ping', onPing).on('pong', onPong)
  }
  io.engine.on('connection', (conn: Conn) => {
    look.call(conn)
    if (conn.transport.name !== 'websocket') conn.on('upgrade', look)
  })
}
