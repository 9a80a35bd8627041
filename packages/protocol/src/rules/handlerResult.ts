import type { CommandName, CommandOutput } from '../derive.js'
import type { JsonOfEachKind } from '../jsonable.js'
import type { AnyContract } from '../contract.js'

/** What the handler of a command may return: nothing at all where the command has no result. */
export type HandlerResult<Name extends CommandName<Contract>, Contract extends AnyContract> =
  undefined extends CommandOutput<Name, Contract>
    ? // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what `() => {}` returns
      Result<CommandOutput<Name, Contract>> | void
    : Result<CommandOutput<Name, Contract>>

/** Where the output is any JSON, interfaces as well, which `Json` itself cannot say. */
type Result<Output> = JsonOfEachKind extends Output ? Output | JsonShape : Output

type JsonShape = string | number | boolean | null | readonly JsonShape[] | PlainObject

/** Any object but those that have a member of a Map, a function, a promise, a file and the like. */
type PlainObject = object & Readonly<Partial<Record<ForeignMember, never>>>

type ForeignMember =
  typeof Symbol.iterator | 'apply' | 'arrayBuffer' | 'byteLength' | 'exec' | 'stack' | 'then'
