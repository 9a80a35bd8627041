import type { Manager } from 'socket.io-client'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type { OpeningTransport, SocketIoPacket } from './openingTransport.js'
import type { ServerSocket } from './serverSocket.js'
import type { TransportOrder } from './transportOrder.js'

/** What the caller of `raceTransports` hears. */
export interface RaceEvents {
  /** The first connection that the server has admitted; the others are given up. */
  onAdmitted(this: void, manager: Manager, packet: SocketIoPacket): void
  /** One transport has failed; others are under way. */
  onTrouble(this: void, error: YektaYarError): void
  /** The server refused, or no transport is left. */
  onLost(this: void, error: YektaYarError): void
}

/**
 * Opens the transports one after the other: the next one when one has failed, and beside one that
 * has not been admitted for a while, since some networks swallow WebSockets without a word.
 *
 * @param ahead the first one, where it was begun before there was a token
 * @returns gives up what is under way
 */
export function raceTransports(
  server: ServerSocket,
  order: TransportOrder,
  ahead: OpeningTransport | undefined,
  { onAdmitted, onTrouble, onLost }: RaceEvents,
): () => void {
  const left = [...order.names]
  const pending = new Map<string, OpeningTransport>()
  const { delayMs, isUpgrading } = order
  let first = ahead?.isLost ? undefined : ahead
  let timer: ReturnType<typeof setTimeout> | undefined
  let worst: YektaYarError | undefined

  const stop = (): void => {
    clearTimeout(timer)
    left.length = 0 // a listener of the trouble below may have ended this attempt
    for (const transport of pending.values()) transport.giveUp()
  }
  const begin = (): void => {
    clearTimeout(timer)
    const name = left.shift()
    if (name === undefined) return
    const transport = first ?? server.begin([name, ...left], isUpgrading)
    first = undefined
    pending.set(name, transport)
    if (left.length > 0) timer = setTimeout(begin, delayMs)
    transport.present(() => server.auth, {
      onAdmitted: (packet) => {
        pending.delete(name)
        order.admitted(name, pending.has('websocket'))
        stop()
        onAdmitted(transport.manager, packet)
      },
      onRefused: (error) => {
        pending.delete(name)
        stop()
        onLost(error)
      },
      onFailed: (error, isUpgrade) => {
        pending.delete(name)
        if (isUpgrade) order.avoidWebSocket()
        server.isWary ||= transport.isLost
        // An answer that came says more than one that did not.
        if (worst?.code !== 'invalid_answer') worst = error
        if (left.length + pending.size === 0) onLost(worst)
        else onTrouble(worst)
        begin()
      },
    })
  }
  begin()
  return stop
}
