import type { AnyContract, CommandName, Delivery } from '@yektayar/protocol'

/** Those of the core contract, which a client without a contract does not have at hand. */
const onceCommands: readonly string[] = ['message', 'room:send'] satisfies CommandName[]

/** How a command gets to its effect, as far as the client knows. */
export function commandDelivery(contract: AnyContract | undefined, name: string): Delivery {
  const commands = contract?.commands ?? {}
  const declared = Object.hasOwn(commands, name) ? commands[name]?.delivery : undefined
  return declared ?? (onceCommands.includes(name) ? 'once' : 'transient')
}
