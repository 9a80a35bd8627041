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

/** The kind of a schema in a contract: a command's input or output, or an event's payload. */
export type ContractPart = 'input' | 'output' | 'event'

/** The declaration of all commands and events; types, validation and docs derive from it. */
export interface Contract<
  Commands extends CommandMap = CommandMap,
  Events extends EventMap = EventMap,
> {
  readonly commands: Commands
  readonly events: Events
  /** Parses a value with the schema of a name; `undefined` if the contract does not contain it. */
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
  Merge<Base['events'], Added['events']>
>

type Merge<First, Second> = {
  readonly [Key in keyof First | keyof Second]: Key extends keyof First
    ? First[Key]
    : Key extends keyof Second
      ? Second[Key]
      : never
}

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

/** The error for an invalid contract: a reserved, empty or duplicate name. */
export class ContractError extends Error {
  readonly code = 'invalid_contract'
  override readonly name = 'ContractError'
}

/** Declares one command, and keeps the literal types of its definition. */
export function command<const Definition extends CommandDefinition>(
  definition: Definition,
): Definition {
  return definition
}

/**
 * Declares a contract from scratch. Most apps extend the core contract instead.
 *
 * @throws {ContractError} `invalid_contract` for a reserved, empty, overlong or duplicate name
 */
export function defineContract<
  const Commands extends CommandMap = NoEntries,
  const Events extends EventMap = NoEntries,
>(definition: {
  readonly commands?: Commands
  readonly events?: Events
}): Contract<Commands, Events> {
  const contract: Contract<Commands, Events> = {
    commands: Object.freeze({ ...definition.commands }) as Commands, // an absent map becomes empty
    events: Object.freeze({ ...definition.events }) as Events,
    async check(part, name, value) {
      const schema =
        part === 'event'
          ? ownEntry(contract.events, name)
          : ownEntry(contract.commands, name)?.[part]
      return schema && validate(schema, value)
    },
  }
  checkNames(contract)
  return Object.freeze(contract)
}

/**
 * Adds an app's own commands and events to a contract.
 *
 * @throws {ContractError} `invalid_contract` when a name is taken already, reserved, empty or overlong
 */
export function extendContract<
  Base extends AnyContract,
  const Commands extends CommandMap = NoEntries,
  const Events extends EventMap = NoEntries,
>(
  base: Base,
  added: { readonly commands?: Commands; readonly events?: Events },
): ExtendedContract<Base, Contract<Commands, Events>> {
  refuseTaken(base.commands, added.commands ?? {})
  refuseTaken(base.events, added.events ?? {})
  const merged = defineContract({
    commands: { ...base.commands, ...added.commands },
    events: { ...base.events, ...added.events },
  })
  return merged as unknown as ExtendedContract<Base, Contract<Commands, Events>> // a spread loses the literal keys
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
