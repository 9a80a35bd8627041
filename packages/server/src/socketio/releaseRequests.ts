import type { Connection } from './connection.js'
import { releaseRequest, tcpOf } from './engineInternals.js'
import { Slot } from './slot.js'
import type { TransportWatcher } from './transportEvents.js'

type Conn = Connection['conn']

/**
 * Releases the request of a connection's handshake once the connection is admitted. Otherwise each
 * connection would keep several kilobytes. The handshake object contains what is still needed.
 */
export function forgetRequests(watch: (watcher: TransportWatcher) => void): void {
  /** Engine.IO's responses to upgrades, which keep their requests, by TCP socket. */
  const upgrades = new Slot<object>()

  function forgetUpgrade(this: Conn): void {
    const tcp = tcpOf(this)
    const upgrade = tcp && upgrades.get(tcp)
    if (upgrade) releaseRequest(upgrade)
  }
  watch({
    requested(request, response) {
      if (request.headers.upgrade !== undefined) upgrades.set(request.socket, response)
      return false
    },
    admitted(conn) {
      ;(conn as { request?: unknown }).request = undefined // as Socket.IO's memory guide recommends
      if (conn.transport.name === 'websocket') forgetUpgrade.call(conn)
      else conn.on('upgrade', forgetUpgrade)
    },
  })
}
