import type { Connection } from './connection.js'
import { releaseRequest, tcpOf } from './engineInternals.js'
import { Slot } from './slot.js'
import type { TransportWatcher } from './transportEvents.js'

type Conn = Connection['conn']

/**
 * Lets go of the request that a connection began with, once the connection is let in: it holds
 * several kilobytes for as long as the connection lives. What is of use of it is in the handshake.
 */
export function forgetRequests(watch: (watcher: TransportWatcher) => void): void {
  /** What Engine.IO keeps of upgrades, with their requests, by their TCP sockets. */
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
      ;(conn as { request?: unknown }).request = undefined // as Socket.IO's own advice on memory says
      if (conn.transport.name === 'websocket') forgetUpgrade.call(conn)
      else conn.on('upgrade', forgetUpgrade)
    },
  })
}
