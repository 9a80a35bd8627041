import type { AnyContract, CommandDefinition } from '@yektayar/protocol'
import { didYouMean } from '@yektayar/protocol/rules'
import { OptionError } from '../shared/optionError.js'
import { appendPlans } from './appendPlans.js'
import type { AnyCommandHandler, AnyHandler, AnyOnceHandler } from './commandContext.js'

/** A command of the contract with its handler. */
export interface Command {
  readonly name: string
  readonly definition: CommandDefinition
  /** The handler of a `transient` command. */
  readonly handler: AnyCommandHandler | undefined
  /** The handler of a `once` command; core commands with an append plan need none. */
  readonly onceHandler: AnyOnceHandler | undefined
}

/**
 * Finds the handler of each command.
 *
 * @throws {OptionError} when a command of the contract has no handler, or a handler no command
 */
export function pairCommands(
  contract: AnyContract,
  handlers: ReadonlyMap<string, AnyHandler>,
): ReadonlyMap<string, Command> {
  for (const name of handlers.keys()) {
    if (!Object.hasOwn(contract.commands, name)) {
      const advice =
        didYouMean(name, Object.keys(contract.commands)) ??
        'Pass the contract that has it as the option "contract"'
      throw new OptionError(`The handler "${name}" has no command in the contract. ${advice}`)
    }
  }
  return new Map(
    Object.entries(contract.commands).map(([name, definition]) => {
      const found = handlers.get(name)
      if (!found && !appendPlans.has(name)) {
        throw new OptionError(
          `The command "${name}" has no handler; allowed: one in the option "commands"`,
        )
      }
      const isOnce = definition.delivery === 'once'
      const command = {
        name,
        definition,
        handler: isOnce ? undefined : (found as AnyCommandHandler | undefined), // tied by the type
        onceHandler: isOnce ? (found as AnyOnceHandler | undefined) : undefined, // of `commands`
      }
      return [name, command]
    }),
  )
}
