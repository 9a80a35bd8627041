import type { YektaYarSocketOptions } from '@yektayar/client'
import type { AnyContract, CommandName, CoreContract, ParsedCommandInput } from '@yektayar/protocol'
import type { HandlerResult } from '@yektayar/protocol/rules'
import type { BackendOptions } from './backendOptions.js'
import type { FakeHandlerContext } from './fakeCommands.js'

/** Handles one command instead of the server. An error that it throws becomes the answer. */
export type FakeHandler<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = (
  context: FakeHandlerContext<ParsedCommandInput<Name, Contract>, Contract>,
) => HandlerResult<Name, Contract> | Promise<HandlerResult<Name, Contract>>

/** Options of `createFakeServer`. */
export interface FakeServerOptions<
  Contract extends AnyContract = CoreContract,
> extends BackendOptions<Contract> {
  /** Handlers by command, as `handle()` takes them. @default none */
  commands?: { readonly [Name in CommandName<Contract>]?: FakeHandler<Name, Contract> } | undefined
}

/** Options of `createFakeClient`: those of a client and of a server, without an address. */
export interface FakeClientOptions<Contract extends AnyContract = CoreContract>
  extends
    Omit<YektaYarSocketOptions<Contract>, 'contract' | 'fetch' | 'isOnline' | 'transports' | 'url'>,
    FakeServerOptions<Contract> {}
