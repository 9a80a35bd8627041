import type { RoomMessage, SessionMetadata } from '@yektayar/protocol'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Append, Delivery, DeliveryOutcome, Place, SessionUser } from './delivery.js'
import type { BusState } from './busState.js'
import type { EmittedEvent, NodeEvent } from './emittedEvent.js'
import type { KnownSessions } from './knownSessions.js'
import type { AppDatabase } from './appDatabase.js'
import type { PresenceStore } from './presenceStore.js'
import type { Leadership, StoreReach } from './storeProcess.js'
import type { StrictLimits } from './strictLimits.js'
import type { UpkeepStore } from './upkeep.js'

/**
 * The store, in terms of the domain. All times are milliseconds since 1970, by `now()`.
 *
 * All writes of one turn of the event loop share a transaction (group commit). A promise resolves
 * once that is committed. Writes throw `CommandError`: `rate_limited` when too many writes are
 * queued, `store_unavailable` when the store cannot be written, `invalid_input` for a value that it
 * cannot store, and the codes at each operation. Reads throw the errors of the database.
 */
export interface Store {
  readonly sessions: SessionStore
  readonly rooms: RoomStore
  readonly outboxes: OutboxStore
  readonly presence: PresenceStore
  readonly events: EventStore
  readonly upkeep: UpkeepStore
  /** How this process reaches the store; `undefined` for one on its own machine. */
  readonly reach: StoreReach | undefined
  /** Which of the processes on the store removes what is old. */
  readonly leadership: Leadership
  readonly strictLimits: StrictLimits
  readonly knownSessions: KnownSessions
  /** For tables of an app's own. */
  readonly database: AppDatabase
  /** Lets an app create its tables, one process after the other. */
  createTables(this: void, create: (database: AppDatabase) => unknown): Promise<void>
  /** The size of the store when it was last measured, without the free pages in its file. */
  readonly bytes: number
  /** How many writes wait for the end of their transaction. */
  readonly pendingCommits: number
  /** How processes tell each other; absent where they look into a file. */
  bus?(this: void): BusState
  /** The size of its write-ahead log; 0 where it has none. */
  walBytes(this: void): Promise<number>
  /** The time by which the store decides. */
  now(this: void): number
  /** Calls back when other processes have written (at least once; may be late or repeated). */
  onNews(this: void, listener: (news: StoreNews) => Promise<void>): void
  /**
   * Calls back at once when the database may have lost commits: its server was replaced or restarted,
   * or a connection to it was lost. Results of later statements come after the call.
   *
   * @param listener gets `true` if another database server has answered, `false` if a connection was lost
   */
  onPossibleLoss(this: void, listener: (isOther: boolean) => void): void
  /** Looks for what other processes have written; resolves once that was told. */
  readNews(this: void): Promise<void>
  /** @throws {CommandError} `store_unavailable` while the store cannot be written */
  requireWritable(this: void): Promise<void>
  close(this: void): Promise<void>
}

/** What other processes have changed. */
export interface StoreNews {
  /** Rooms with new messages or changed members; `undefined` if any room may have changed. */
  readonly rooms: ReadonlySet<string> | undefined
  /** Sessions that were changed or have ended; `undefined` if any session may have. */
  readonly sessions: ReadonlySet<string> | undefined
  /** Of these, those that go on under another id, with another user; absent where none does. */
  readonly continued?: ReadonlySet<string> | undefined
  /** Rights that were changed, in order. */
  readonly rights: readonly RightsChange[]
  /** Events that are sent to connections, in order. */
  readonly events: readonly NodeEvent[]
}

/** The rights in rooms that may have changed. A missing field stands for all rooms, users or sessions. */
export interface DoubtedRights {
  readonly room?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
}

/** A change of rights: `review` asks `authorize` again, `remove` takes a member out of a room. */
export type RightsChange =
  | ({ readonly kind: 'review' } & DoubtedRights)
  | { readonly kind: 'remove'; readonly room: string; readonly member: string }

/** A valid session as the server works with it; times are milliseconds since 1970. */
export interface StoredSession {
  readonly id: string
  readonly userId: string | null
  readonly metadata: SessionMetadata
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastActivityAt: number
}

/**
 * Sessions. A session that has expired or was idle for too long counts as missing. The store knows
 * only the hashes of tokens.
 */
export interface SessionStore {
  /** The session of a token; synchronous if the store can be read synchronously. */
  findByToken(this: void, tokenHash: string): MaybePromise<StoredSession | undefined>
  find(this: void, id: string): Promise<StoredSession | undefined>
  /** The same, but waits until running transactions of other processes have ended. */
  findCommitted(this: void, id: string): Promise<StoredSession | undefined>
  /** The valid sessions with these ids. */
  findAll(this: void, ids: readonly string[]): Promise<StoredSession[]>
  /** The sessions of a user, the most recently used first, at most `maxListedSessions`. */
  ofUser(this: void, userId: string): Promise<StoredSession[]>
  /** The ids of all sessions of a user, valid or not. */
  idsOfUser(this: void, userId: string): Promise<string[]>
  /** Starts an anonymous session. */
  begin(this: void, metadata: SessionMetadata, tokenHash: string): Promise<StoredSession>
  /**
   * Gives a session a later expiry and a new token. The presented token stays valid for
   * `renewedTokenGraceMs`.
   *
   * @throws {CommandError} `token_invalid`
   */
  renew(
    this: void,
    id: string,
    tokens: { readonly newHash: string; readonly presentedHash: string | undefined },
  ): Promise<StoredSession>
  /**
   * Sets or removes the user of a session, and replaces all its tokens by a new one. A change of
   * user starts another session with a new id.
   *
   * @throws {CommandError} `token_invalid`
   */
  changeUser(
    this: void,
    id: string,
    change: { readonly userId: string | null; readonly tokenHash: string },
  ): Promise<StoredSession>
  /** Records activity of sessions. */
  touch(this: void, ids: readonly string[], now: number): Promise<void>
  /** Removes sessions with their tokens. Returns how many. */
  end(this: void, ids: readonly string[]): Promise<number>
}

/** The end of a room's log. */
export interface RoomHead {
  readonly room: string
  readonly epoch: string
  /** The number of the newest message; before the first one, the number that precedes it. */
  readonly seq: number
}

/** What a reader who joins has to know of a room, read at once. */
export interface RoomState {
  readonly head: RoomHead
  /** When use of the room was last recorded; `undefined` for a room without a row, and so without messages. */
  readonly usedAt: number | undefined
}

/** A place in a room's log. */
export type RoomPlace = Pick<RoomHead, 'room' | 'seq'>

/** A room's log as it is now, compared with a place in it. */
export interface ComparedLog {
  readonly head: RoomHead
  /** The id of the message at the place; `undefined` if it is not kept, or was never there. */
  readonly idAtPlace: string | undefined
}

/** A part of a log. */
export interface RoomRange {
  /** Reads the first messages after this number. @default reads the last messages */
  readonly after?: number | undefined
  /** Reads only messages before this number. @default up to the newest */
  readonly before?: number | undefined
  /** The maximum number of messages. */
  readonly limit: number
  /** The maximum bytes of their JSON on the wire; a single message may exceed it. */
  readonly maxBytes: number
  /** Whether to look up the message at `after` as well. @default false */
  readonly isAnchored?: boolean | undefined
}

/** Messages that were read from a log, in order. */
export interface ReadMessages {
  readonly messages: RoomMessage[]
  /** Whether the range has more messages: newer ones if `after` was given, otherwise older ones. */
  readonly more: boolean
  /** The message at `after`, if it was requested and still exists. */
  readonly anchor: RoomMessage | undefined
  /** The cost of the page: the bytes read from the store, or those on the wire if they are more. */
  readonly bytes: number
}

/** The logs of rooms. */
export interface RoomStore {
  /** A random id from the creation of the store. It is part of every position in its logs. */
  readonly epoch: string
  head(this: void, room: string): Promise<RoomHead>
  /** The heads of the rooms that have a row. */
  heads(this: void, rooms: readonly string[]): Promise<RoomHead[]>
  /** What the logs have at the places, in their order. */
  compare(this: void, places: readonly RoomPlace[]): Promise<ComparedLog[]>
  /** Reads messages, bounded by number and bytes, and at least one if there is one. */
  read(this: void, room: string, range: RoomRange): Promise<ReadMessages>
  /** The head, and whether the room is in use; synchronous if the store can be read synchronously. */
  state(this: void, room: string): MaybePromise<RoomState>
  /** Records use of rooms. A room without a row gets one if its session may create a room. */
  noteUsed(this: void, rooms: readonly JoinedRoom[]): Promise<void>
  /** A room has connections at this process, or no longer; absent where news of all rooms come. */
  follow?(this: void, room: string, isOpen: boolean): void
  /** Tells the other processes of a change of rights. */
  tellRights(this: void, change: RightsChange): Promise<void>
}

/** A room and the session that joined it. */
export interface JoinedRoom {
  readonly room: string
  readonly sessionId: string
}

/** The operations in a transaction that an app's handler shares. */
export interface OpenTransaction {
  readonly database: AppDatabase
  /** @throws {CommandError} `token_invalid`, `store_full` */
  admit(this: void, session: SessionUser): Promise<void>
  /** @throws {CommandError} `token_invalid`, `store_full` */
  append(this: void, append: Append, session?: SessionUser): Promise<Place>
  deliver(this: void, delivery: Delivery): Promise<DeliveryOutcome>
  /** Tells the other processes of an event. */
  tell(this: void, event: EmittedEvent): Promise<void>
}

/** Events of an app, on their way to the other processes on the store. */
export interface EventStore {
  /** Whether another process may use the store, by what was last heard of one. */
  hasPeers(this: void): boolean
  /** Tells the other processes of an event. */
  tell(this: void, event: EmittedEvent): Promise<void>
  /** The same soon, in order, and without saying whether they could be told. */
  pass(this: void, event: NodeEvent): void
  /** How many processes use the store, this one included, as far as it knows: of a file it knows only itself. */
  processes(this: void): number
}

/** Writes that take effect exactly once. */
export interface OutboxStore {
  /**
   * Settles a batch of an outbox.
   *
   * @throws {CommandError} `token_invalid`, `forbidden` for the outbox of another session, `store_full`
   */
  deliver(this: void, delivery: Delivery): Promise<DeliveryOutcome>
  /**
   * Appends one message.
   *
   * @param session that sends the message. @default the server itself
   * @throws {CommandError} `token_invalid`, `store_full`
   */
  append(this: void, append: Append, session?: SessionUser): Promise<Place>
  /** Runs work in a separate transaction: commits if it resolves, rolls back if it rejects. */
  transact<Result>(
    this: void,
    work: (transaction: OpenTransaction) => Promise<Result>,
  ): Promise<Result>
}
