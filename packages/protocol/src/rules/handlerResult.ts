import type { CommandName, CommandOutput } from '../derive.js'
import type { AnyContract } from '../contract.js'

/** What the handler of a command may return: nothing at all where the command has no result. */
export type HandlerResult<Name extends CommandName<Contract>, Contract extends AnyContract> =
  undefined extends CommandOutput<Name, Contract>
    ? // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what `() => {}` returns
      CommandOutput<Name, Contract> | void
    : CommandOutput<Name, Contract>
