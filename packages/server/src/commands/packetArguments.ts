import { refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import type { Connection } from '../socketio/connection.js'
import { onAnswerMade } from '../socketio/engineInternals.js'

interface Acknowledgement {
  (answer: unknown): void
  /** Socket.IO's id of the packet, which its sender knows; absent where that cannot be read. */
  packetId?: number
}

/** From here on, the acknowledgements of a connection know the ids of their packets. */
export function keepPacketIds(connection: Connection): void {
  onAnswerMade(connection, (answer, packetId) => {
    ;(answer as Acknowledgement).packetId = packetId
  })
}

/** The acknowledgement at the end of a packet. Only Socket.IO itself puts a function there. */
export function acknowledgementOf(packet: readonly unknown[]): Acknowledgement | undefined {
  const last = packet.at(-1)
  return typeof last === 'function' ? (last as Acknowledgement) : undefined
}

/**
 * The one payload of a command, `undefined` for none.
 *
 * @throws {CommandError} `invalid_input` for more than one
 */
export function onlyPayload(packet: readonly unknown[]): unknown {
  const end = acknowledgementOf(packet) ? packet.length - 1 : packet.length
  if (end > 2) throw commandErrorOf(refusals.tooManyPayloads)
  return end > 1 ? packet[1] : undefined
}
