import type { Connection } from '../socketio/connection.js'
import { tcpOf, webSocketOf } from '../socketio/engineInternals.js'
import { cutConnection } from '../socketio/resetConnection.js'
import { timerMs } from '../shared/timerMs.js'

/**
 * Closes a connection in the way after which the client does not reconnect by itself. Packets sent
 * before go out first; a peer that does not read them within the grace gets a TCP reset.
 */
export function endConnection(connection: Connection, graceMs: number): void {
  const { conn } = connection
  const timer = setTimeout(cutConnection, timerMs(graceMs), conn)
  // Engine.IO reports a WebSocket as closed before the peer has read the close.
  const closing = tcpOf(conn) ?? webSocketOf(conn) ?? conn
  closing.once('close', () => {
    clearTimeout(timer)
  })
  connection.disconnect(true)
  conn.close() // during admission, disconnect() does nothing
}
