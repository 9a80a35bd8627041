import type { AnyContract } from '../contract.js'
import type { EventInput, EventName } from '../derive.js'
import type { Jsonable, JsonOfEachKind } from '../jsonable.js'

/** What a server emits: where the payload is any JSON, `Data` is what is passed, of whichever type. */
export type EmittedPayload<Name extends EventName<Contract>, Contract extends AnyContract, Data> =
  JsonOfEachKind extends EventInput<Name, Contract> ? Jsonable<Data> : EventInput<Name, Contract>
