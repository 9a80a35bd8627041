import type { Connection } from './connection.js'
import { middlewaresOf, packetDispatch, replaceDispatch } from './engineInternals.js'
import { unheardPackets, works } from './privateFeatures.js'

const passOn = packetDispatch()

/**
 * Packets go on to an app's own middlewares and listeners only if there are some: for every other
 * packet, Socket.IO would take a tick and find nobody.
 */
export function skipUnheard(connection: Connection): void {
  if (works(unheardPackets, connection)) replaceDispatch(connection, passOnIfHeard)
}

function passOnIfHeard(this: Connection, packet: readonly unknown[]): void {
  const isHeard = this.listenerCount(packet[0] as string) > 0 // a number works as well
  if (isHeard || middlewaresOf(this)?.length !== 0) passOn?.call(this, packet)
}
