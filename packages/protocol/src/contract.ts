import { validate } from './schema.js'
import type { Schema, ValidationResult } from './schema.js'

/** One command: what it takes, what it answers, and under which event name without an ack. */
export interface CommandDefinition {
  readonly input: Schema
  readonly output: Schema
  /** Event that carries the result to a caller that passed no acknowledgement. */
  readonly reply?: string
  /** @default 'transient' */
  readonly delivery?: Delivery
}

/**
 * How a command gets to its effect: answered or failed at once, or queued by the client and taking
 * effect exactly once, across drops, reloads and restarts.
 */
export type Delivery = 'transient' | 'once'

/** Commands by name. */
export type CommandMap = Readonly<Record<string, CommandDefinition>>

/** Schemas of event payloads by event name. */
export type EventMap = Readonly<Record<string, Schema>>

/** What a schema of a contract describes: a command's input or output, or an event's payload. */
export type ContractPart = 'input' | 'output' | 'event'

/** One value that declares every command and event; all types, checks and docs derive from it. */
export interface Contract<
  Commands extends CommandMap = CommandMap,
  Events extends EventMap = EventMap,
> {
  readonly commands: Commands
  readonly events: Events
  /** Parses a value with the schema of its name; `undefined` for a name that is not in the contract. */
  check(
    part: ContractPart,
    name: string,
    value: unknown,
  ): Promise<ValidationResult<unknown> | undefined>
}

// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- no entries are meant
type NoEntries = Readonly<Record<never, never>>

/** Any contract, for constraints. */
export type AnyContract = Contract

/** `Added` on top of `Base`; names never overlap, `extendContract` refuses that. */
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

/** Names that Socket.IO or Node's emitters keep for themselves. */
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

/** A contract that cannot work: a reserved, empty or doubled name. Thrown when it is defined. */
export class ContractError extends Error {
  readonly code = 'invalid_contract'
  override readonly name = 'ContractError'
}

/** Declares one command; there so that the literal types of its definition are kept. */
export function command<const Definition extends CommandDefinition>(
  definition: Definition,
): Definition {
  return definition
}

/**
 * Declares a contract from scratch. Most apps extend the core contract instead.
 *
 * @throws {ContractError} `invalid_contract` for a reserved, empty, overlong or doubled name
 */
export function defineContract<
  const Commands extends CommandMap = NoEntries,
  const Events extends EventMap = NoEntries,
>(definition: {
  readonly commands?: Commands
  readonly events?: Events
}): Contract<Commands, Events> {
  const contract: Contract<Commands, Events> = {
    commands: Object.freeze({ ...definition.commands }) as Commands, // spread of an absent map is the empty default
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

/** A name off the wire may be `constructor`, which every object inherits. */
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
    if (serverEvents.has(name)) throw new ContractError(`Two things answer as "${name}"`)
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
