import { copyJson, coreContract, describeIssues, isRoomName, validate } from '@yektayar/protocol'
import type { AnyContract, Json } from '@yektayar/protocol'
import { didYouMean } from '@yektayar/protocol/rules'
import type { Limits } from '../shared/limits.js'
import { whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { UsageError } from '../shared/usageError.js'
import type { EmittedEvent, EmitTarget } from '../store/emittedEvent.js'

const kinds = ['user', 'session', 'room', 'everyone']

/** What the events of an app are read by. */
export interface EventReaderDeps {
  contract: AnyContract
  /** Whether payloads are checked against the contract. */
  isChecked: boolean
  /** Throws `unknown_room` for the name of a room that the contract has not. */
  requireRoom(this: void, name: string): unknown
  limits: Limits
}

/** Reads the arguments of `emit()`, whatever they are. */
export type ReadEvent = (
  event: unknown,
  payload: unknown,
  options: unknown,
) => MaybePromise<EmittedEvent>

/**
 * Creates the reader of an app's events, which throws `UsageError` for what is none, and `CommandError`
 * (`unknown_room`) for a room of no pattern. It is synchronous unless a schema is not.
 */
export function createEventReader({
  contract,
  isChecked,
  requireRoom,
  limits,
}: EventReaderDeps): ReadEvent {
  const own = Object.keys(contract.events).filter(isOwnEvent)
  return (event, given, options) => {
    const name = readName(event, own)
    const to = readTarget(options)
    if (to.room !== undefined) requireRoom(to.room)
    const payload = readPayload(name, given, limits)
    const schema = contract.events[name]
    if (!isChecked || !schema) return { event: name, payload, to }
    return whenSettled(validate(schema, payload), (result) => {
      if (result.ok) return { event: name, payload, to }
      const message = describeIssues(`The payload of ${name} breaks the contract`, result.issues)
      throw new UsageError('invalid_payload', message)
    })
  }
}

/** Whether an event is none of the core contract. */
function isOwnEvent(name: string): boolean {
  return !Object.hasOwn(coreContract.events, name)
}

function readName(event: unknown, own: readonly string[]): string {
  if (typeof event === 'string' && own.includes(event)) return event
  const shown = typeof event === 'string' ? `"${event}"` : `a ${typeof event}`
  if (typeof event === 'string' && !isOwnEvent(event)) {
    const message = `${shown} is an event of the core contract, which the server itself sends`
    throw new UsageError('unknown_event', message)
  }
  const hint = didYouMean(String(event), own) ?? `Its own events: ${own.join(', ') || 'none'}`
  throw new UsageError('unknown_event', `${shown} is no event of the contract. ${hint}`)
}

function readTarget(options: unknown): EmitTarget {
  const { to } = objectOf(options) ?? {}
  const entries = Object.entries(objectOf(to) ?? {}).filter(([, value]) => value !== undefined)
  const [kind, value] = entries[0] ?? []
  if (kind === undefined || entries.length > 1) {
    throw invalidTarget(`it names ${String(entries.length)}`)
  }
  if (!kinds.includes(kind)) {
    throw invalidTarget(`"${kind}" is none of them. ${didYouMean(kind, kinds) ?? ''}`.trim())
  }
  if (kind === 'everyone' ? value !== true : typeof value !== 'string' || value === '') {
    throw invalidTarget(`${kind} is ${kind === 'everyone' ? 'true' : 'a text that is not empty'}`)
  }
  if (kind === 'room' && !isRoomName(value)) throw invalidTarget('room is the name of a room')
  return { [kind]: value } as unknown as EmitTarget // as was just checked
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined
}

function invalidTarget(why: string): UsageError {
  const allowed = '{ to: { user } }, { session }, { room } or { everyone: true }'
  return new UsageError('invalid_target', `An event goes to exactly one of ${allowed}; ${why}`)
}

function readPayload(event: string, given: unknown, limits: Limits): Json | undefined {
  if (given === undefined) return undefined // of an event without one
  const copy = copyJson(given, limits.maxInputDepth)
  if (!copy.ok) {
    const { issue, cause } = copy
    const what = `${issue.path || 'it'} ${issue.message}`
    throw new UsageError('invalid_payload', `The payload of ${event} is not JSON: ${what}`, {
      cause,
    })
  }
  const bytes = Buffer.byteLength(JSON.stringify(copy.value))
  if (bytes <= limits.maxPayloadBytes) return copy.value
  throw new UsageError(
    'payload_too_large',
    `The payload of ${event} has ${String(bytes)} bytes; allowed: ${String(limits.maxPayloadBytes)} ` +
      '(maxPayloadBytes). Send an id, and let the clients ask for the rest',
  )
}
