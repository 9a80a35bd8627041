import { ContractError } from './contractError.js'
import type { JsonOrNoneSchema, JsonSchemas } from './jsonSchema.js'
import type { Explain } from './jsonable.js'
import type { RoomSend } from './room.js'
import type { RoomMap } from './roomDefinition.js'
import { createRoomMatcher } from './roomMatcher.js'
import type { MatchedRoom } from './roomMatcher.js'
import { unknownRoom } from './unknownRoom.js'
import type { UnknownRoom } from './unknownRoom.js'
import { validate } from './schema.js'
import type { Schema, ValidationResult } from './schema.js'

/** One command: its input, its output, its reply event and its delivery. */
export interface CommandDefinition {
  readonly input: Schema
  readonly output: Schema
  /** The event with the result for a caller that passed no acknowledgement. */
  readonly reply?: string
  /** @default 'transient' */
  readonly delivery?: Delivery
}

/**
 * The delivery of a command. `transient`: it is sent once and succeeds or fails. `once`: the client
 * queues it, and it takes effect exactly once, across lost connections, reloads and restarts.
 */
export type Delivery = 'transient' | 'once'

/** Commands by name. */
export type CommandMap = Readonly<Record<string, CommandDefinition>>

/** Schemas of event payloads by event name. */
export type EventMap = Readonly<Record<string, Schema>>

/**
 * The kind of a schema in a contract: a command's input or output, an event's payload, or a room's
 * message or presence.
 */
export type ContractPart = 'input' | 'output' | 'event' | 'message' | 'presence'

/** The declaration of all commands, events and rooms; types, validation and docs derive from it. */
export interface Contract<
  Commands extends CommandMap = CommandMap,
  Events extends EventMap = EventMap,
  Rooms extends RoomMap = RoomMap,
> {
  readonly commands: Commands
  readonly events: Events
  /** By pattern: `support:{caseId}`. */
  readonly rooms: Rooms
  /** The room of a name, by the most specific pattern that it fits; `undefined` if there is none. */
  matchRoom(this: void, name: string): MatchedRoom | undefined
  /**
   * Why there is no room of a name; `undefined` if there is one.
   *
   * @param pattern that the name was made of: a room of another one does not count. @default any
   */
  refuseRoom(this: void, name: string, pattern?: string): UnknownRoom | undefined
  /**
   * Parses a value with the schema of a name, which is a room's for `message` and `presence`;
   * `undefined` if the contract does not contain it. The input of `room:send` is checked by the schema
   * of its room, too.
   */
  check(
    part: ContractPart,
    name: string,
    value: unknown,
  ): Promise<ValidationResult<unknown> | undefined>
}

// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- no entries
type NoEntries = Readonly<Record<never, never>>

/** Any contract, for constraints. */
export type AnyContract = Contract

/** `Base` with `Added`. Names never overlap, since `extendContract` refuses that. */
export type ExtendedContract<Base extends AnyContract, Added extends AnyContract> = Contract<
  Merge<Base['commands'], Added['commands']>,
  Merge<Base['events'], Added['events']>,
  Merge<Base['rooms'], Added['rooms']>
>

type Merge<First, Second> = {
  readonly [Key in keyof First | keyof Second]: Key extends keyof First
    ? First[Key]
    : Key extends keyof Second
      ? Second[Key]
      : never
}

/** Makes a name that is taken a compile error, with a sentence at that name. */
type NotIn<Taken> = { readonly [Name in keyof Taken]?: Explain<'is in the contract already'> }

/** Names that Socket.IO or Node's emitters reserve. */
const reservedNames: ReadonlySet<string> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'error',
  'newListener',
  'removeListener',
])

const MAX_NAME_LENGTH = 64

/** Declares one command, and keeps the literal types of its definition. */
export function command<const Definition extends CommandDefinition>(
  definition: Definition & { readonly output: JsonOrNoneSchema<Definition['output']> },
): Definition {
  return definition
}

/**
 * Declares a contract from scratch. Most apps extend the core contract instead.
 *
 * @throws {ContractError} `invalid_contract` for a reserved, empty, overlong or duplicate name, for an
 * invalid pattern of rooms, and for two patterns that share rooms although neither is inside the other
 */
export function defineContract<
  const Commands extends CommandMap = NoEntries,
  const Events extends EventMap = NoEntries,
  const Rooms extends RoomMap = NoEntries,
>(definition: {
  readonly commands?: Commands
  readonly events?: Events & JsonSchemas<Events>
  readonly rooms?: Rooms
}): Contract<Commands, Events, Rooms> {
  const rooms = Object.freeze({ ...definition.rooms }) as Rooms // an absent map becomes empty
  const matchRoom = createRoomMatcher(rooms)
  const contract: Contract<Commands, Events, Rooms> = {
    commands: Object.freeze({ ...definition.commands }) as Commands, // as above
    events: Object.freeze({ ...definition.events }) as unknown as Events,
    rooms,
    matchRoom,
    refuseRoom(name, pattern) {
      const found = matchRoom(name)
      if (found && (pattern === undefined || found.pattern === pattern)) return undefined
      return unknownRoom(rooms)
    },
    async check(part, name, value) {
      const schema = schemaOf(contract, part, name)
      const result = schema && (await validate(schema, value))
      if (part !== 'input' || name !== 'room:send' || !result?.ok) return result
      const { room, data } = result.value as RoomSend // as the core contract has it
      const message = await contract.check('message', room, data)
      return message?.ok === false ? message : result
    },
  }
  checkNames(contract)
  return Object.freeze(contract)
}

/**
 * Adds an app's own commands, events and rooms to a contract.
 *
 * @throws {ContractError} `invalid_contract` when a name is taken already, and as `defineContract` does
 */
export function extendContract<
  Base extends AnyContract,
  const Commands extends CommandMap = NoEntries,
  const Events extends EventMap = NoEntries,
  const Rooms extends RoomMap = NoEntries,
>(
  base: Base,
  added: {
    readonly commands?: Commands & NotIn<Base['commands']>
    readonly events?: Events & NotIn<Base['events']> & JsonSchemas<Events>
    readonly rooms?: Rooms & NotIn<Base['rooms']>
  },
): ExtendedContract<Base, Contract<Commands, Events, Rooms>> {
  const parts = ['commands', 'events', 'rooms'] as const
  for (const part of parts) refuseTaken(base[part], added[part] ?? {})
  const merged = defineContract<CommandMap, EventMap, RoomMap>({
    commands: { ...base.commands, ...added.commands },
    events: { ...base.events, ...added.events },
    rooms: { ...base.rooms, ...added.rooms },
  })
  return merged as never // a spread loses the literal keys
}

function schemaOf(contract: AnyContract, part: ContractPart, name: string): Schema | undefined {
  switch (part) {
    case 'event':
      return ownEntry(contract.events, name)
    case 'message':
    case 'presence':
      return contract.matchRoom(name)?.definition[part]
    default:
      return ownEntry(contract.commands, name)?.[part]
  }
}

/** Reads only own properties: a name from the wire may be `constructor`, which is inherited. */
function ownEntry<Entry>(
  entries: Readonly<Record<string, Entry>>,
  name: string,
): Entry | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined
}

function refuseTaken(existing: object, added: object): void {
  for (const name of Object.keys(added)) {
    if (Object.hasOwn(existing, name))
      throw new ContractError(`"${name}" is in the contract already`)
  }
}

function checkNames({ commands, events }: AnyContract): void {
  const serverEvents = new Set<string>()
  const claim = (name: string): void => {
    checkName(name)
    if (serverEvents.has(name)) throw new ContractError(`Two events have the name "${name}"`)
    serverEvents.add(name)
  }
  for (const name of Object.keys(events)) claim(name)
  for (const [name, { reply }] of Object.entries(commands)) {
    checkName(name)
    if (reply !== undefined) claim(reply)
  }
}

function checkName(name: string): void {
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    throw new ContractError(
      `"${name}" is not a name: use 1 to ${String(MAX_NAME_LENGTH)} characters`,
    )
  }
  if (reservedNames.has(name)) throw new ContractError(`"${name}" is reserved by Socket.IO`)
}
