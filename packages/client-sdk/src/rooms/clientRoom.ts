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
import type { YektaYarError } from '../shared/yektaYarError.js'

/** `left`: not in the room, or refused; `joining`: on the way into it, again after each loss. */
export type RoomState = 'left' | 'joining' | 'joined'

/**
 * What became of the time before a join: nothing was missed, so many messages were and have been
 * delivered since, or there is a hole that cannot be filled.
 */
export type RoomContinuity =
  | { readonly kind: 'continuous' }
  | { readonly kind: 'replayed'; readonly count: number }
  | { readonly kind: 'reset'; readonly reason: RoomResetReason }

/** One message as a UI shows it; frozen. */
export interface RoomEntry {
  /** The same from `sending` to `delivered`; before that, the id of its item in the outbox. */
  readonly key: string
  /** `failed` ones can be sent again or removed: `outbox.retry(key)`, `outbox.cancel(key)`. */
  readonly state: 'sending' | 'delivered' | 'failed'
  /** The message's id; `null` before the server has it. */
  readonly id: string | null
  /** Its place in the room; `null` before the server has it. */
  readonly seq: number | null
  /** `user:<id>`, `session:<id>` or `server`; `null` for this client's own before the room has told. */
  readonly from: string | null
  /** Whether this client has sent it, or another one of the same user; a sign-in changes nothing. */
  readonly isOwn: boolean
  readonly data: Json
  /** In ISO 8601: when it was stored, before that when it was queued. */
  readonly at: string
  /** Why it failed. */
  readonly error: YektaYarError | null
}

/** A room at one moment; frozen. */
export interface RoomSnapshot {
  readonly state: RoomState
  /** Why the room was left, or why the last try to join it failed. */
  readonly error: YektaYarError | null
  /** In order, without a hole, the own ones that are on their way last. */
  readonly messages: readonly RoomEntry[]
  /** Whether there are older ones to load. */
  readonly hasOlder: boolean
  /** Who is there: `user:<id>`, or `session:<id>`. */
  readonly members: readonly string[]
  /** Who is typing. */
  readonly typists: readonly string[]
  /** How far the messages go; `undefined` before the first join. */
  readonly position: RoomPosition | undefined
  /** Of the last join; `null` before the first. */
  readonly continuity: RoomContinuity | null
}

/** What a room tells, by name. */
export interface RoomEvents {
  /** The next message, each once and in order; those that `join()` began with are in `messages`. */
  message: RoomMessage
  presence: { readonly member: string; readonly isPresent: boolean }
  typing: { readonly from: string; readonly isTyping: boolean }
  /** There is a hole before what `messages` holds from now on. */
  reset: { readonly reason: RoomResetReason }
  /** After each join. */
  continuity: RoomContinuity
  /** Anything in the snapshot has changed. */
  change: RoomSnapshot
}

/** One handle on a room; all handles of a client on the same room share what they show. */
export interface ClientRoom extends RoomSnapshot {
  readonly name: string
  /** Everything about the room at this moment. */
  readonly snapshot: RoomSnapshot
  readonly isJoined: boolean

  /**
   * Resolves once the client is in the room. From then on it joins again after each connect, from
   * where it was, until the last handle that has joined leaves. A `timeout` does not end that; an
   * abort and a refusal do.
   *
   * @throws {YektaYarError} `room_forbidden`, `too_many_rooms`, and as every call
   */
  join(this: void, options?: CallOptions): Promise<RoomSnapshot>

  /** Gives up this handle's membership; never rejects. */
  leave(this: void): Promise<void>

  /**
   * Sends a message, whether the room is joined or not, through the outbox: it is in `messages` at
   * once, and takes its place when the server has stored it.
   *
   * @throws {YektaYarError} `room_forbidden`, and as every command that is `once`
   */
  send<Data>(this: void, data: Jsonable<Data>, options?: CallOptions): Promise<RoomReceipt>

  /** Listens to the room while any handle of this client is in it. */
  on<Name extends keyof RoomEvents>(
    this: void,
    name: Name,
    listener: (payload: RoomEvents[Name]) => void,
  ): Unsubscribe

  /**
   * One page of the room's log, before a sequence number or the newest; `messages` stays as it is.
   *
   * @throws {YektaYarError} `room_forbidden`, and as every call
   */
  history(this: void, options?: HistoryOptions): Promise<RoomPage>

  /**
   * Puts one more page before `messages`, and says whether there are still older ones.
   *
   * @throws {YektaYarError} `room_forbidden`, and as every call
   */
  loadOlder(this: void, options?: Omit<HistoryOptions, 'before'>): Promise<boolean>

  /** Tells the others, as often as need be; to be called on every key, with `false` at the end. */
  typing(this: void, isTyping: boolean): void
}

/** Which page of a room's log. */
export interface HistoryOptions extends CallOptions {
  /** Messages before this sequence number. @default the newest */
  before?: number | undefined
  /** At most so many messages, up to 200. @default 50 */
  limit?: number | undefined
}
