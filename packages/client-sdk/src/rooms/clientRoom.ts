import type {
  Json,
  Jsonable,
  RoomMessage,
  RoomPage,
  RoomPosition,
  RoomReceipt,
  RoomResetReason,
} from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import type { CallOptions } from '../shared/options.js'
import type { ReadableState } from '../shared/readableState.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

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
export interface RoomEntry {
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
  readonly data: Json
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
export interface RoomSnapshot {
  readonly state: RoomState
  /** Why the room was left, or why the last try to join it failed. */
  readonly error: YektaYarError | null
  /** In order and without a gap; own messages that are not stored yet come last. */
  readonly messages: readonly RoomEntry[]
  /** Whether older messages can be loaded. */
  readonly hasOlder: boolean
  /** The members that are present; in a crowd only some: this client, and those who spoke last. */
  readonly members: readonly RoomMember[]
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
export interface RoomEvents {
  /** The next message, each once and in order; those from the first join are only in `messages`. */
  message: RoomMessage
  /** Another member came or left, as long as all are listed; a change of what they show is none. */
  presence: { readonly member: RoomMember; readonly isPresent: boolean }
  typing: { readonly from: string; readonly isTyping: boolean }
  /** There is a gap before the messages that `messages` contains from now on. */
  reset: { readonly reason: RoomResetReason }
  /** After each join. */
  continuity: RoomContinuity
}

/**
 * A handle on a room. All handles of a client on the same room share their data. Changes of the
 * running code are told together after it.
 */
export interface ClientRoom extends RoomSnapshot, ReadableState<RoomSnapshot> {
  readonly name: string
  readonly isJoined: boolean

  /**
   * Joins the room, and resolves once the client is in it. After each reconnect it joins again and
   * catches up from its position, until the last joined handle leaves. After a `timeout` it keeps
   * trying; an abort or a refusal ends that.
   *
   * @throws {YektaYarError} `room_forbidden`, `too_many_rooms`, and the codes of every call
   */
  join(this: void, options?: JoinOptions): Promise<RoomSnapshot>

  /**
   * Sets what the other members see of this one: any JSON of up to 1 KiB. It is kept and sent with
   * each join, so before a join it waits for that. Of several, the last one counts. Resolves once
   * the server has it, or will get it with the next join.
   *
   * @throws {YektaYarError} `invalid_input`, which leaves what was set before, and the codes of
   * every call
   */
  setPresence<Data>(this: void, presence: Jsonable<Data>): Promise<void>

  /** Gives up this handle's membership; never rejects. */
  leave(this: void): Promise<void>

  /**
   * Sends a message through the outbox, whether or not the room is joined. It appears in `messages`
   * immediately, and gets its place in the log once the server has stored it.
   *
   * @throws {YektaYarError} `room_forbidden`, and the codes of every `once` command
   */
  send<Data>(this: void, data: Jsonable<Data>, options?: CallOptions): Promise<RoomReceipt>

  /** Listens to events of the room, which occur while any handle of this client has joined it. */
  on<Name extends keyof RoomEvents>(
    this: void,
    name: Name,
    listener: (payload: RoomEvents[Name]) => void,
  ): Unsubscribe

  /**
   * One page of the room's log, before a sequence number or the newest. Does not change `messages`.
   *
   * @throws {YektaYarError} `room_forbidden`, and the codes of every call
   */
  history(this: void, options?: HistoryOptions): Promise<RoomPage>

  /**
   * Loads one more page of older messages into `messages`. Resolves with whether there are more.
   *
   * @throws {YektaYarError} `room_forbidden`, and the codes of every call
   */
  loadOlder(this: void, options?: Omit<HistoryOptions, 'before'>): Promise<boolean>

  /** Tells the others that the user types. Call it on every key, and with `false` at the end. */
  typing(this: void, isTyping: boolean): void
}

/** Options of a join. */
export interface JoinOptions extends CallOptions {
  /** What the other members see of this one, as with `setPresence()`. @default what was set before */
  presence?: Json | undefined
}

/** The page of a room's log to read. */
export interface HistoryOptions extends CallOptions {
  /** Messages before this sequence number. @default the newest */
  before?: number | undefined
  /** The maximum number of messages, up to 200. @default 50 */
  limit?: number | undefined
}
