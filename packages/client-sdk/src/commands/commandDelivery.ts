import type { AnyContract, CommandName, Delivery } from '@yektayar/protocol'

/** The `once` commands of the core contract, for a client without a contract. */
const onceCommands: readonly string[] = ['message', 'room:send'] satisfies CommandName[]

/** The delivery of a command, as far as the client knows it. */
export function commandDelivery(contract: AnyContract | undefined, name: string): Delivery {
  const commands = contract?.commands ?? {}
  const declared = Object.hasOwn(commands, name) ? commands[name]?.delivery : undefined
  return declared ?? (onceCommands.includes(name) ? 'once' : 'transient')
}
