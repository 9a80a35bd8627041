import type { AnyContract, CommandInput, CommandName, InputArguments } from '@yektayar/protocol'
import type { CallOptions } from '../shared/options.js'

/** The input of a command and its options, as the command's schema asks for them. */
export type CallArguments<
  Name extends CommandName<Contract>,
  Contract extends AnyContract,
  Data = CommandInput<Name, Contract>,
> = InputArguments<CommandInput<Name, Contract>, Data, [options?: CallOptions | undefined]>
