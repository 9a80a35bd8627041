import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyContract } from './contract.js'
import type { CoreContract } from './coreContract.js'
import type { Explain, Jsonable, JsonOfEachKind } from './jsonable.js'
import type { RoomDefinition } from './roomDefinition.js'
import type { Schema } from './schema.js'

/** Patterns of the rooms of a contract: `support:{caseId}`. */
export type RoomPattern<Contract extends AnyContract = CoreContract> = keyof Contract['rooms'] &
  string

/** The names of a pattern: `` `support:${string}` `` for `support:{caseId}`. */
export type NameOf<Pattern extends string> = Pattern extends `${infer Head}{${string}}${infer Tail}`
  ? `${Head}${string}${NameOf<Tail>}`
  : Pattern

/** The names of the params in a pattern: `caseId` for `support:{caseId}`. */
export type ParamOf<Pattern extends string> = string extends Pattern
  ? string
  : Pattern extends `${string}{${infer Param}}${infer Tail}`
    ? Param | ParamOf<Tail>
    : never

/** Names of the rooms of a contract, as template literal types. */
export type RoomName<Contract extends AnyContract = CoreContract> = {
  [Pattern in RoomPattern<Contract>]: NameOf<Pattern>
}[RoomPattern<Contract>]

/** What is put into a pattern for its params. */
export type RoomParams<Pattern extends string> = Readonly<Record<ParamOf<Pattern>, string | number>>

/** The pattern that a name belongs to: the most specific one. `never` where there is none. */
export type PatternOf<
  Name extends string,
  Contract extends AnyContract = CoreContract,
> = Name extends unknown ? Narrowest<Matching<Name, RoomPattern<Contract>>> : never

type Matching<Name extends string, Pattern extends string> = Pattern extends unknown
  ? Name extends NameOf<Pattern>
    ? Pattern
    : never
  : never

/** Leaves out each pattern with another one inside of it. */
type Narrowest<Found extends string, All extends string = Found> = Found extends unknown
  ? [Inside<Exclude<All, Found>, NameOf<Found>>] extends [never]
    ? Found
    : never
  : never

type Inside<Pattern extends string, Name> = Pattern extends unknown
  ? NameOf<Pattern> extends Name
    ? Pattern
    : never
  : never

/** The definition of the room of a name. */
export type RoomOf<
  Name extends string,
  Contract extends AnyContract = CoreContract,
> = Contract['rooms'][PatternOf<Name, Contract>]

/** Stands among the names of rooms in a compiler's messages, for those who pass a `string`. */
export type RoomHint =
  Explain<'a string may name any room: write the template in place, or with `as const`'>

/** What is sent as a message of a room. */
export type MessageInput<Definition extends RoomDefinition> = StandardSchemaV1.InferInput<
  Definition['message']
>

/** A message of a room as its readers get it. */
export type Message<Definition extends RoomDefinition> = StandardSchemaV1.InferOutput<
  Definition['message']
>

type PresenceSchema<Definition extends RoomDefinition> = Definition extends {
  readonly presence: infer Presence extends Schema
}
  ? Presence
  : Schema<undefined>

/** What a member tells about themselves; `undefined` where the room has no presence. */
export type PresenceInput<Definition extends RoomDefinition> = StandardSchemaV1.InferInput<
  PresenceSchema<Definition>
>

/** The presence of a member as the others get it. */
export type Presence<Definition extends RoomDefinition> = StandardSchemaV1.InferOutput<
  PresenceSchema<Definition>
>

/**
 * A payload of an input: a shape is held to its members, and any JSON to what survives it. `Data` is
 * what is passed, of whichever type.
 */
export type PayloadOf<Input, Data> = JsonOfEachKind extends Input ? Jsonable<Data> : Input

/** A room that a session asks for; `pattern` tells which `params` there are. */
export type AskedRoom<Contract extends AnyContract = CoreContract> = {
  [Pattern in RoomPattern<Contract>]: {
    readonly name: NameOf<Pattern>
    readonly pattern: Pattern
    readonly params: Readonly<Record<ParamOf<Pattern>, string>>
  }
}[RoomPattern<Contract>]
