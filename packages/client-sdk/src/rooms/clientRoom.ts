import type {
  AnyContract,
  Json,
  Message,
  MessageInput,
  NameOf,
  ParamOf,
  PayloadOf,
  Presence,
  PresenceInput,
  RoomDefinition,
  RoomMessage,
  RoomOf,
  RoomPage,
  RoomPattern,
  RoomPosition,
  RoomReceipt,
  RoomResetReason,
  Schema,
} from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import type { CallOptions } from '../shared/options.js'
import type { ReadableState } from '../shared/readableState.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/** A room with any JSON. */
export interface AnyRoom extends RoomDefinition {
  readonly message: Schema<Json>
  readonly presence: Schema<Json | undefined>
}

/** The room of a name: of the most specific pattern. A union of names is a union of rooms. */
export type RoomHandleOf<Name extends string, Contract extends AnyContract> =
  Name extends RoomPattern<Contract>
    ? [ParamOf<Name>] extends [never]
      ? ClientRoom<Contract['rooms'][Name], Name>
      : string extends RoomPattern<Contract>
        ? ClientRoom<RoomDefinition, Name>
        : `✗ ${Name} is a pattern: give its params, too`
    : Name extends unknown
      ? ClientRoom<RoomOf<Name, Contract>, Name>
      : never

/** The room of a pattern, with any of its names. */
export type RoomOfPattern<
  Pattern extends RoomPattern<Contract>,
  Contract extends AnyContract,
> = ClientRoom<Contract['rooms'][Pattern], NameOf<Pattern>>

/** A message of a room's log, with its data of the room's type. */
export type ReceivedMessage<Data = Json> = Omit<RoomMessage, 'data'> & { readonly data: Data }

/** One page of a room's log. */
export type ReceivedPage<Data = Json> = Omit<RoomPage, 'messages'> & {
  readonly messages: ReceivedMessage<Data>[]
}

/** `left`: not in the room, or refused; `joining`: joining, also again after a lost connection. */
export type RoomState = 'left' | 'joining' | 'joined'

/**
 * The continuity of the log at a join: nothing was missed; missed messages were replayed; or there
 * is a gap that cannot be filled.
 */
export type RoomContinuity =
  | { readonly kind: 'continuous' }
  | { readonly kind: 'replayed'; readonly count: number }
  | { readonly kind: 'reset'; readonly reason: RoomResetReason }

/** One message as a UI shows it; frozen. */
export interface RoomEntry<Data = Json> {
  /** Stable from `sending` to `delivered`; for own messages, the id of the item in the outbox. */
  readonly key: string
  /** A `failed` message can be sent again or removed: `outbox.retry(key)`, `outbox.cancel(key)`. */
  readonly state: 'sending' | 'delivered' | 'failed'
  /** The message's id; `null` before the server has stored it. */
  readonly id: string | null
  /** The sequence number in the room; `null` before the server has stored it. */
  readonly seq: number | null
  /** `user:<id>`, `session:<id>` or `server`; `null` for own messages before the log has them. */
  readonly from: string | null
  /** Whether this client or another one of the same user sent it; a sign-in does not change it. */
  readonly isOwn: boolean
  readonly data: Data
  /** In ISO 8601: when it was stored, or before that, when it was queued. */
  readonly at: string
  /** Why it failed. */
  readonly error: YektaYarError | null
}

/** One member of a room; frozen. A person is one member, however many devices they use. */
export interface RoomMember<Presence = Json | undefined> {
  /** `user:<id>` or `session:<id>`, as in `from` of their messages. */
  readonly id: string
  /** Whether it is this client, or another one of the same user. */
  readonly isSelf: boolean
  /** The newest that they have set on any of their devices; `undefined` for nothing. */
  readonly presence: Presence
}

/** A room at one moment; frozen. */
export interface RoomSnapshot<Definition extends RoomDefinition = AnyRoom> {
  readonly state: RoomState
  /** Why the room was left, or why the last try to join it failed. */
  readonly error: YektaYarError | null
  /** In order and without a gap; own messages that are not stored yet come last. */
  readonly messages: readonly RoomEntry<Message<Definition>>[]
  /** Whether older messages can be loaded. */
  readonly hasOlder: boolean
  /** The members that are present; in a crowd only some: this client, and those who spoke last. */
  readonly members: readonly RoomMember<Presence<Definition>>[]
  /** How many members are present, whether or not all are in `members`. */
  readonly memberCount: number
  /** Whether all members are in `members`. */
  readonly isComplete: boolean
  /** The id of this client as a member: `user:<id>` or `session:<id>`; `null` until it is known. */
  readonly self: string | null
  /** The ids of the members that are typing. */
  readonly typists: readonly string[]
  /** The position of the newest message; `undefined` before the first join. */
  readonly position: RoomPosition | undefined
  /** The continuity of the last join; `null` before the first join. */
  readonly continuity: RoomContinuity | null
}

/** The events of a room, by name. */
export interface RoomEvents<Definition extends RoomDefinition = AnyRoom> {
  /** The next message, each once and in order; those from the first join are only in `messages`. */
  message: ReceivedMessage<Message<Definition>>
  /** Another member came or left, as long as all are listed; a change of what they show is none. */
  presence: { readonly member: RoomMember<Presence<Definition>>; readonly isPresent: boolean }
  typing: { readonly from: string; readonly isTyping: boolean }
  /** There is a gap before the messages that `messages` contains from now on. */
  reset: { readonly reason: RoomResetReason }
  /** After each join. */
  continuity: RoomContinuity
}

/**
 * A handle on a room, typed by its definition in the contract. All handles of a client on the same room
 * share their data. Listeners are called once for all changes of the running code,
 * after it.
 */
export interface ClientRoom<
  Definition extends RoomDefinition = AnyRoom,
  Name extends string = string,
>
  extends RoomSnapshot<Definition>, ReadableState<RoomSnapshot<Definition>> {
  readonly name: Name
  readonly isJoined: boolean

  /**
   * Joins the room, and resolves once the client is in it. After each reconnect it joins again and
   * catches up from its position, until the last joined handle leaves. After a `timeout` it keeps
   * trying; an abort or a refusal ends that.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`, `too_many_rooms`, and the codes of every call
   */
  join<Data>(
    this: void,
    ...options: JoinArguments<PresenceInput<Definition>, Data>
  ): Promise<RoomSnapshot<Definition>>

  /**
   * Sets what the other members see of this one, up to 1 KiB of JSON, by the room's definition. It is
   * kept and sent with each join, so before a join it waits for that. Of several, the last one counts.
   * Resolves once the server has it, or will get it with the next join.
   *
   * @throws {YektaYarError} `invalid_input`, which leaves what was set before, and the codes of
   * every call
   */
  setPresence<Data>(
    this: void,
    presence: PayloadOf<Exclude<PresenceInput<Definition>, undefined>, Data>,
  ): Promise<void>

  /** Gives up this handle's membership; never rejects. */
  leave(this: void): Promise<void>

  /**
   * Sends a message through the outbox, whether or not the room is joined. It appears in `messages`
   * immediately, and gets its place in the log once the server has stored it.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`, `invalid_input` for data that does not fit
   * the room, and the codes of every `once` command
   */
  send<Data>(
    this: void,
    data: PayloadOf<MessageInput<Definition>, Data>,
    options?: CallOptions,
  ): Promise<RoomReceipt>

  /** Listens to events of the room, which occur while any handle of this client has joined it. */
  on<Event extends keyof RoomEvents>(
    this: void,
    name: Event,
    listener: (payload: RoomEvents<Definition>[Event]) => void,
  ): Unsubscribe

  /**
   * One page of the room's log, before a sequence number or the newest. Does not change `messages`.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`, and the codes of every call
   */
  history(this: void, options?: HistoryOptions): Promise<ReceivedPage<Message<Definition>>>

  /**
   * Loads one more page of older messages into `messages`. Resolves with whether there are more.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`, and the codes of every call
   */
  loadOlder(this: void, options?: Omit<HistoryOptions, 'before'>): Promise<boolean>

  /** Tells the others that the user types. Call it on every key, and with `false` at the end. */
  typing(this: void, isTyping: boolean): void
}

/** Options of a join. */
export interface JoinOptions<Input = Json | undefined> extends CallOptions {
  /** What the other members see of this one, as with `setPresence()`. @default what was set before */
  presence?: Input
}

/**
 * The arguments of a join. They contain the presence, unless it is optional or there is none. `Data` is
 * the presence that is passed, of whichever type.
 */
export type JoinArguments<Input, Data = Input> = [Input] extends [undefined]
  ? [options?: CallOptions]
  : undefined extends Input
    ? [options?: JoinOptions<PayloadOf<Exclude<Input, undefined>, Data> | undefined>]
    : [options: JoinOptions<Input> & { presence: PayloadOf<Input, Data> }]

/** The page of a room's log to read. */
export interface HistoryOptions extends CallOptions {
  /** Messages before this sequence number. @default the newest */
  before?: number | undefined
  /** The maximum number of messages, up to 500. @default 50 */
  limit?: number | undefined
}
