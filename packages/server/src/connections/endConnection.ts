import type { Connection } from '../socketio/connection.js'
import { tcpOf, webSocketOf } from '../socketio/engineInternals.js'
import { cutConnection } from '../socketio/resetConnection.js'
import { timerMs } from '../shared/timerMs.js'

/**
 * Closes a connection from which the client shall not come back by itself. What was sent before
 * goes out first; a peer that does not read it within the grace is cut with a TCP reset.
 */
export function endConnection(connection: Connection, graceMs: number): void {
  const { conn } = connection
  const timer = setTimeout(cutConnection, timerMs(graceMs), conn)
  // A WebSocket is over for Engine.IO before its peer has read that it is.
  const closing = tcpOf(conn) ?? webSocketOf(conn) ?? conn
  closing.once('close', () => {
    clearTimeout(timer)
  })
  connection.disconnect(true)
  conn.close() // a connection that is still being admitted has nothing to disconnect
}
