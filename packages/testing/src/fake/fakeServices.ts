import { coreContract } from '@yektayar/protocol'
import type {
  AnyContract,
  CoreContract,
  EventName,
  Json,
  MessageInput,
  PayloadOf,
  RoomHint,
  RoomMessage,
  RoomName,
  RoomOf,
} from '@yektayar/protocol'
import type { EmittedPayload } from '@yektayar/protocol/rules'
import { checkEvent } from './checks.js'
import type { FakeConnection } from './fakeConnection.js'
import type { FakeRooms } from './fakeRooms.js'
import type { FakeSession } from './fakeSessions.js'
import { readMessage } from './publishAs.js'
import type { MessageLog } from './publishAs.js'
import { errorOf } from './refusal.js'

/** Who gets an event: exactly one of a user, a session, those in a room, and everyone. */
export interface FakeTarget {
  readonly user?: string
  readonly session?: string
  readonly room?: string
  readonly everyone?: true
}

type Target<Contract extends AnyContract> =
  | { readonly user: string }
  | { readonly session: string }
  | { readonly room: RoomName<Contract> | RoomHint }
  | { readonly everyone: true }

type Log = (...given: readonly unknown[]) => void

/** A log that nobody reads. */
export interface FakeLog {
  readonly level: string
  readonly fatal: Log
  readonly error: Log
  readonly warn: Log
  readonly info: Log
  readonly debug: Log
  readonly trace: Log
  readonly silent: Log
  child(this: void): FakeLog
}

/** What every handler and hook gets, as from a server. */
export interface FakeServices<Contract extends AnyContract = CoreContract> {
  /** There is none: reading it throws. Test what needs one with `startTestServer()`. */
  readonly database: never
  /** Aborted when the caller's connection has ended. */
  readonly signal: AbortSignal
  readonly log: FakeLog
  /**
   * Sends one of the app's own events, checked against the contract. In a `once` handler it is sent once
   * the handler has succeeded.
   */
  emit<Name extends Exclude<EventName<Contract>, EventName>, Data>(
    this: void,
    event: Name,
    payload: EmittedPayload<Name, Contract, Data>,
    options: { readonly to: Target<Contract> },
  ): Promise<void>
  /** Appends a message to a room, from `server`. In a `once` handler, once the handler has succeeded. */
  publish<const Name extends RoomName<Contract> | RoomHint, Data>(
    this: void,
    room: Name,
    data: PayloadOf<MessageInput<RoomOf<Name, Contract>>, Data>,
  ): Promise<RoomMessage>
}

/** What the services need of their server. */
export interface FakeServicesDeps extends MessageLog {
  readonly contract: AnyContract
  /** @throws {YektaYarError} `unknown_room` */
  requireRoom(name: string): unknown
  /** Sends an event to the clients of a target. */
  emitTo(name: string, payload: Json | undefined, to: FakeTarget): void
  readonly rooms: Pick<FakeRooms, 'next'>
}

/** What a `once` handler has done, in its order, until it has succeeded. */
export type LaterEffects = { readonly room?: string; run(this: void): void }[]

const ignore: Log = () => undefined
const log: FakeLog = Object.freeze({
  ...{ level: 'silent', fatal: ignore, error: ignore, warn: ignore, info: ignore },
  ...{ debug: ignore, trace: ignore, silent: ignore, child: () => log },
})

/**
 * Creates what one call of a handler or hook gets.
 *
 * @param ended resolves when the caller's connection has ended
 * @param later gets the effects of a `once` handler; without it they take place at once
 */
export function createServices(
  deps: FakeServicesDeps,
  ended?: Promise<void>,
  later?: LaterEffects,
): FakeServices<AnyContract> {
  let controller: AbortController | undefined
  const services = {
    log,
    get signal(): AbortSignal {
      if (!controller) {
        const made = (controller = new AbortController())
        void ended?.then(() => {
          made.abort()
        })
      }
      return controller.signal
    },
    async emit(this: void, event: string, payload: unknown, options?: { to?: FakeTarget }) {
      const to = readTarget(options?.to)
      if (to.room !== undefined) deps.requireRoom(to.room)
      const checked = await checkOwnEvent(deps.contract, event, payload)
      const send = (): void => {
        deps.emitTo(event, checked, to)
      }
      if (later) later.push({ run: send })
      else send()
    },
    async publish(this: void, room: string, data: unknown) {
      const message = await readMessage(deps, 'server', room, data)
      const append = (): RoomMessage => deps.append(room, message)
      if (!later) return append()
      const before = later.filter((effect) => effect.room === room).length
      later.push({ room, run: append })
      return deps.rooms.next(room, message, before)
    },
  }
  return withoutStore(services, ['database']) as unknown as FakeServices<AnyContract>
}

/** Adds properties whose reading says what to use instead. They are not enumerable: a spread is no use. */
export function withoutStore<Context extends object>(
  context: Context,
  names: readonly string[],
): Context {
  for (const name of names) {
    Object.defineProperty(context, name, {
      get: () => {
        throw usage(
          `The fake has no ${name}: test this with startTestServer() of @yektayar/testing`,
        )
      },
    })
  }
  return context
}

/** Whether an event is for those on a connection. */
export function isFor(
  { user, session, room, everyone }: FakeTarget,
  { rooms }: FakeConnection,
  { id, userId }: FakeSession,
): boolean {
  if (room !== undefined) return rooms.has(room)
  if (session !== undefined) return id === session
  return user === undefined ? everyone === true : userId === user
}

function readTarget(to: FakeTarget | undefined): FakeTarget {
  const kinds = Object.entries(to ?? {}).filter(([, value]) => value !== undefined)
  const [kind = '', value] = kinds[0] ?? []
  const isValue = kind === 'everyone' ? value === true : typeof value === 'string' && value !== ''
  if (to && kinds.length === 1 && ['user', 'session', 'room', 'everyone'].includes(kind) && isValue)
    return to
  throw usage(
    'An event goes to exactly one of { to: { user } }, { session }, { room } or { everyone: true }',
  )
}

async function checkOwnEvent(contract: AnyContract, event: string, payload: unknown) {
  if (Object.hasOwn(coreContract.events, event))
    throw usage(`"${event}" is an event of the core contract, which the server itself sends`)
  try {
    return await checkEvent(contract, event, payload)
  } catch (error) {
    throw usage((error as Error).message)
  }
}

/** A mistake in a handler, which reaches the caller as `internal_error`. */
function usage(message: string): Error {
  return errorOf({ code: 'internal_error', message })
}
