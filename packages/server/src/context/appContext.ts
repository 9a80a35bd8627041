import type {
  AnyContract,
  CoreContract,
  EventName,
  MessageInput,
  PayloadOf,
  RoomHint,
  RoomMessage,
  RoomName,
  RoomOf,
} from '@yektayar/protocol'
import type { EmittedPayload } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { AppDatabase } from '../store/appDatabase.js'
import type { EmitTarget } from '../store/emittedEvent.js'

/** The events that an app emits: its own, not those of the core contract. */
export type AppEventName<Contract extends AnyContract> = Exclude<EventName<Contract>, EventName>

/** What every handler and hook of an app can use, and the app around them as well. */
export interface AppServices<Contract extends AnyContract = CoreContract, Tables = object> {
  /** The app's own tables: in a `once` handler its transaction, elsewhere each statement is its own. */
  readonly database: AppDatabase<Tables>
  /**
   * Sends one of the app's own events to those who are connected: here in the same turn of the event loop,
   * at other processes on the store within `storePollMs`. It is not kept for those who are not connected;
   * use `publish` for what must not be lost. In a `once` handler it is sent after the commit, if there is one.
   *
   * Resolves once it was sent here, and the other processes will send it.
   *
   * @throws {UsageError} `unknown_event`, `invalid_target`, `invalid_payload`, `payload_too_large`
   * @throws {CommandError} `unknown_room`; `store_unavailable` or `rate_limited` where the other processes
   * cannot be told
   */
  emit<Name extends AppEventName<Contract>, Data>(
    this: void,
    event: Name,
    payload: EmittedPayload<Name, Contract, Data>,
    options: { readonly to: EmitTarget<Contract> },
  ): Promise<void>
  /**
   * Appends a message to a room, from `server`; resolves once it is committed. In a `once` handler it is
   * committed together with what the handler has written.
   *
   * @throws {CommandError} `unknown_room`, `invalid_input`, `store_full`, `store_unavailable`
   */
  publish<const Name extends RoomName<Contract> | RoomHint, Data>(
    this: void,
    room: Name,
    data: PayloadOf<MessageInput<RoomOf<Name, Contract>>, Data>,
  ): Promise<RoomMessage>
}

/** Sends an event of a contract to those who are connected. */
export type Emit<Contract extends AnyContract = CoreContract> = AppServices<Contract>['emit']

/** Appends a message to a room. */
export type Publish<Contract extends AnyContract = CoreContract> = AppServices<Contract>['publish']

/** What every handler and hook of an app gets. */
export interface AppContext<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends AppServices<Contract, Tables> {
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal
  readonly log: FastifyBaseLogger
}
