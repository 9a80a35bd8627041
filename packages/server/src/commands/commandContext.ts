import type { AnyContract, CommandName, CoreContract, ParsedCommandInput } from '@yektayar/protocol'
import type { HandlerResult } from '@yektayar/protocol/rules'
import type { AppContext, AppServices } from '../context/appContext.js'
import type { Connection } from '../socketio/connection.js'
import type { CommandSession } from '../sessions/commandSession.js'
import type { AppDatabase } from '../store/appDatabase.js'

/** The argument of a command handler. */
export interface CommandContext<
  Input,
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends AppContext<Contract, Tables> {
  /** The input as the contract's schema parsed it. */
  readonly input: Input
  readonly session: CommandSession
  /** The caller's Socket.IO socket, typed by the contract. */
  readonly connection: Connection<Contract>
}

/** The context of a running command, as the server itself knows it: without what is for apps. */
export type RunningContext<Input> = Omit<CommandContext<Input>, keyof AppServices>

/** Handles one command of the core contract. */
export type CoreHandler<Name extends CommandName> = (
  context: RunningContext<ParsedCommandInput<Name>>,
) => HandlerResult<Name, CoreContract> | Promise<HandlerResult<Name, CoreContract>>

/**
 * Handles one command. An error that it throws becomes the answer; throw `CommandError` for errors
 * whose text the caller may read.
 */
export type CommandHandler<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
  Tables = object,
> = (
  context: CommandContext<ParsedCommandInput<Name, Contract>, Contract, Tables>,
) => HandlerResult<Name, Contract> | Promise<HandlerResult<Name, Contract>>

/** The argument of a `once` command's handler. */
export interface OnceContext<
  Input,
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends CommandContext<Input, Contract, Tables> {
  /**
   * Writes through this transaction take effect exactly once, together with the answer, what `publish`
   * appends and what `emit` sends. Other side effects are repeated if the server dies before the commit.
   * The same as `database`.
   */
  readonly transaction: AppDatabase<Tables>
  /** The idempotency key, the same on every try. Pass it to services outside of the store. */
  readonly key: string
}

/** Handles one `once` command. An error rolls its writes back and becomes the answer. */
export type OnceHandler<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
  Tables = object,
> = (
  context: OnceContext<ParsedCommandInput<Name, Contract>, Contract, Tables>,
) => HandlerResult<Name, Contract> | Promise<HandlerResult<Name, Contract>>

/** Handlers for the commands that an app added to the core contract. */
export type AppCommandHandlers<Contract extends AnyContract, Tables = object> = {
  readonly [
    Name in Exclude<CommandName<Contract>, CommandName>
  ]: Contract['commands'][Name] extends {
    readonly delivery: 'once'
  }
    ? OnceHandler<Name, Contract, Tables>
    : CommandHandler<Name, Contract, Tables>
}

/** Any handler of a `transient` command, as the dispatcher stores it. */
export type AnyCommandHandler = (context: RunningContext<unknown>) => unknown

/** Any handler, for either delivery. */
export type AnyHandler = AnyCommandHandler | AnyOnceHandler

/** Any handler of a `once` command. */
export type AnyOnceHandler = (context: OnceContext<unknown>) => unknown
