import { CommandError } from '../commandError.js'

type Acknowledgement = (answer: unknown) => void

/** What a packet carries. */
export interface PacketArguments {
  /** Its name and its payloads; nothing when a client sent an acknowledgement id alone. */
  readonly values: readonly unknown[]
  readonly acknowledge: Acknowledgement | undefined
}

/** Splits off the acknowledgement. Only Socket.IO itself puts a function here, so a function is one. */
export function splitArguments(packet: readonly unknown[]): PacketArguments {
  const last = packet.at(-1)
  return typeof last === 'function'
    ? { values: packet.slice(0, -1), acknowledge: last as Acknowledgement }
    : { values: packet, acknowledge: undefined }
}

/**
 * The one payload of a command, `undefined` for none.
 *
 * @throws {CommandError} `invalid_input` for more than one
 */
export function onlyPayload(payloads: readonly unknown[]): unknown {
  if (payloads.length > 1) {
    throw new CommandError('invalid_input', 'A command takes one payload argument at most', {
      hint: 'Put several values into one object; the acknowledgement must be a function',
    })
  }
  return payloads[0]
}
