import { CommandError } from '../commandError.js'

type Acknowledgement = (answer: unknown) => void

/** What a packet carries beside its name. */
export interface PacketArguments {
  readonly payloads: readonly unknown[]
  readonly acknowledge: Acknowledgement | undefined
}

/** Splits off the acknowledgement. Only Socket.IO itself puts a function here, so a function is one. */
export function splitArguments(args: readonly unknown[]): PacketArguments {
  const last = args.at(-1)
  return typeof last === 'function'
    ? { payloads: args.slice(0, -1), acknowledge: last as Acknowledgement }
    : { payloads: args, acknowledge: undefined }
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
