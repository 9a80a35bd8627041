import type { AnyContract, CommandName, CoreContract, ParsedCommandInput } from '@yektayar/protocol'
import type { HandlerResult } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { Connection } from '../socketio/connection.js'
import type { CommandSession } from '../sessions/commandSession.js'
import type { StoreTransaction } from '../store/storeTransaction.js'

/** What a command handler works with. */
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

/** Handles one command. What it throws is answered; use `CommandError` for what a caller may read. */
export type CommandHandler<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = (
  context: CommandContext<ParsedCommandInput<Name, Contract>, Contract>,
) => HandlerResult<Name, Contract> | Promise<HandlerResult<Name, Contract>>

/** What the handler of a `once` command works with. */
export interface OnceContext<
  Input,
  Contract extends AnyContract = CoreContract,
> extends CommandContext<Input, Contract> {
  /**
   * What it does in here takes effect exactly once, together with the answer. Other effects are
   * repeated where the server dies before the commit. Name your own tables by `withTables()`.
   */
  readonly transaction: StoreTransaction
  /** The same each time that the same command is tried: hand it on to what is outside of the store. */
  readonly key: string
}

/** Handles one `once` command. What it throws takes back what it did, and is answered. */
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

/** Any handler, as the dispatcher stores it. */
export type AnyCommandHandler = (context: CommandContext<unknown>) => unknown

/** Any handler, of whichever delivery its command is. */
export type AnyHandler = AnyCommandHandler | AnyOnceHandler

/** Any handler of a `once` command. */
export type AnyOnceHandler = (context: OnceContext<unknown>) => unknown
