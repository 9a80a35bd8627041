import type { AnyContract, CommandName, CoreContract, ParsedCommandInput } from '@yektayar/protocol'
import type { HandlerResult } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { Connection } from '../socketio/connection.js'
import type { CommandSession } from '../sessions/commandSession.js'
import type { AppDatabase } from '../store/appDatabase.js'

/** The argument of a command handler. */
export interface CommandContext<Input, Contract extends AnyContract = CoreContract> {
  /** The input as the contract's schema parsed it. */
  readonly input: Input
  readonly session: CommandSession
  /** The caller's Socket.IO socket, typed by the contract. */
  readonly connection: Connection<Contract>
  /** Aborted when nobody waits for the answer any more: the connection closed or time ran out. */
  readonly signal: AbortSignal
  readonly log: FastifyBaseLogger
}

/**
 * Handles one command. An error that it throws becomes the answer; throw `CommandError` for errors
 * whose text the caller may read.
 */
export type CommandHandler<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = (
  context: CommandContext<ParsedCommandInput<Name, Contract>, Contract>,
) => HandlerResult<Name, Contract> | Promise<HandlerResult<Name, Contract>>

/** The argument of a `once` command's handler. */
export interface OnceContext<
  Input,
  Contract extends AnyContract = CoreContract,
> extends CommandContext<Input, Contract> {
  /**
   * Writes through this transaction take effect exactly once, together with the answer. Other side
   * effects are repeated if the server dies before the commit. Declare your own tables with
   * `withTables()`.
   */
  readonly transaction: AppDatabase
  /** The idempotency key, the same on every try. Pass it to services outside of the store. */
  readonly key: string
}

/** Handles one `once` command. An error rolls its writes back and becomes the answer. */
export type OnceHandler<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = (
  context: OnceContext<ParsedCommandInput<Name, Contract>, Contract>,
) => HandlerResult<Name, Contract> | Promise<HandlerResult<Name, Contract>>

/** Handlers for the commands that an app added to the core contract. */
export type AppCommandHandlers<Contract extends AnyContract> = {
  readonly [
    Name in Exclude<CommandName<Contract>, CommandName>
  ]: Contract['commands'][Name] extends {
    readonly delivery: 'once'
  }
    ? OnceHandler<Name, Contract>
    : CommandHandler<Name, Contract>
}

/** Any handler of a `transient` command, as the dispatcher stores it. */
export type AnyCommandHandler = (context: CommandContext<unknown>) => unknown

/** Any handler, for either delivery. */
export type AnyHandler = AnyCommandHandler | AnyOnceHandler

/** Any handler of a `once` command. */
export type AnyOnceHandler = (context: OnceContext<unknown>) => unknown
