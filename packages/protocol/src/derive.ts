import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Acknowledge } from './answer.js'
import type { AnyContract, CommandDefinition } from './contract.js'
import type { CoreContract } from './coreContract.js'
import type { Jsonable, JsonOfEachKind } from './jsonable.js'

/** Names of the commands of a contract. */
export type CommandName<Contract extends AnyContract = CoreContract> = keyof Contract['commands'] &
  string

/** Names of the events of a contract, without the reply events of its commands. */
export type EventName<Contract extends AnyContract = CoreContract> = keyof Contract['events'] &
  string

/** What a caller passes to a command; `undefined` when it takes no payload. */
export type CommandInput<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = StandardSchemaV1.InferInput<Contract['commands'][Name]['input']>

/** What a handler receives: the input after its schema has parsed it. */
export type ParsedCommandInput<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = StandardSchemaV1.InferOutput<Contract['commands'][Name]['input']>

/** What a command answers with. */
export type CommandOutput<
  Name extends CommandName<Contract>,
  Contract extends AnyContract = CoreContract,
> = StandardSchemaV1.InferOutput<Contract['commands'][Name]['output']>

/** What a server emits: the payload of an event before its schema has parsed it. */
export type EventInput<
  Name extends EventName<Contract>,
  Contract extends AnyContract = CoreContract,
> = StandardSchemaV1.InferInput<Contract['events'][Name]>

/** The payload of an event. */
export type EventPayload<
  Name extends EventName<Contract>,
  Contract extends AnyContract = CoreContract,
> = StandardSchemaV1.InferOutput<Contract['events'][Name]>

/**
 * The payload as trailing arguments, none, optional or required, as the command's input says, and what
 * may follow it. Where the input is any JSON, `Data` is what is passed, of whichever type.
 */
export type InputArguments<Input, Data = Input, Rest extends readonly unknown[] = []> = [
  Input,
] extends [undefined]
  ? [input?: undefined, ...rest: Rest]
  : JsonOfEachKind extends Input
    ? [input: Jsonable<Data>, ...rest: Rest]
    : undefined extends Input
      ? [input?: Input, ...rest: Rest]
      : [input: Input, ...rest: Rest]

/** Event map for the sending side of `Socket<ServerToClientEvents, ClientToServerEvents>`. */
export type ClientToServerEvents<Contract extends AnyContract = CoreContract> = {
  [Name in CommandName<Contract>]: CommandSignature<
    CommandInput<Name, Contract>,
    Acknowledge<CommandOutput<Name, Contract>>
  >
}

/** Event map for the receiving side: the contract's events and the replies of its commands. */
export type ServerToClientEvents<Contract extends AnyContract = CoreContract> = {
  [Name in EventName<Contract>]: (payload: EventPayload<Name, Contract>) => void
} & {
  [Name in CommandName<Contract> as ReplyName<Contract['commands'][Name]>]: (
    payload: CommandOutput<Name, Contract>,
  ) => void
}

type ReplyName<Definition extends CommandDefinition> = Definition extends {
  readonly reply: infer Reply extends string
}
  ? Reply
  : never

// Unions of tuples instead of an optional last parameter: `socket.timeout(…)` finds the ack only so.
type CommandSignature<Input, Ack> = [Input] extends [undefined]
  ? (...args: [] | [ack: Ack]) => void
  : undefined extends Input
    ? (...args: [] | [ack: Ack] | [input: Input] | [input: Input, ack: Ack]) => void
    : (...args: [input: Input] | [input: Input, ack: Ack]) => void
