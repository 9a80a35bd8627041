import { refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'

type Acknowledgement = (answer: unknown) => void

/** The acknowledgement that a packet ends with: only Socket.IO itself puts a function into one. */
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
