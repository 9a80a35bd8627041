import type { RoomMessage, SessionMetadata } from '@yektayar/protocol'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Append, Delivery, DeliveryOutcome, Place, SessionUser } from './delivery.js'
import type { Judgement } from './judgeClock.js'
import type { StoreTransaction } from './storeTransaction.js'

/**
 * Everything that lasts, in terms of the domain. All times are milliseconds since 1970, by `now()`.
 *
 * What is written in one turn of the event loop shares a transaction, and a promise resolves once
 * that is committed. Writes throw `CommandError`: `rate_limited` when too much waits,
 * `store_unavailable` when the store cannot be written, `invalid_input` for a value that it cannot
 * hold, and what their operation names. Reads throw what the store throws.
 */
export interface Store {
  readonly sessions: SessionStore
  readonly rooms: RoomStore
  readonly outboxes: OutboxStore
  readonly presence: PresenceStore
  readonly upkeep: UpkeepStore
  /** For tables of an app's own. */
  readonly database: StoreTransaction
  /** How large the store is, without what is free in its file, as it was looked up last. */
  readonly bytes: number
  /** How many writes wait for the end of their transaction. */
  readonly pendingCommits: number
  /** The size of its write-ahead log; 0 where it has none. */
  walBytes(this: void): Promise<number>
  /** The time by which the store decides. */
  now(this: void): number
  /** Calls back when other processes have written; may be late or repeated. */
  onNews(this: void, listener: (news: StoreNews) => Promise<void>): void
  /** Looks for what other processes have written; resolves once that was told. */
  readNews(this: void): Promise<void>
  /** @throws {CommandError} `store_unavailable` while the store cannot be written */
  requireWritable(this: void): Promise<void>
  close(this: void): Promise<void>
}

/** What other processes have changed. */
export interface StoreNews {
  /** Rooms that were appended to, or whose members changed; `undefined` for perhaps all. */
  readonly rooms: ReadonlySet<string> | undefined
  /** Sessions that have ended or were changed; `undefined` for perhaps all. */
  readonly sessions: ReadonlySet<string> | undefined
  /** Rights that were changed, in order. */
  readonly rights: readonly RightsChange[]
}

/** Whose right to be in which room may have changed; where one is not named, that of all. */
export interface DoubtedRights {
  readonly room?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
}

/** What was done to rights: they are to be asked about again, or a member was removed. */
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
 * Sessions. One that has expired, or was idle for too long, is as good as none. The store knows
 * tokens by their hash alone.
 */
export interface SessionStore {
  /** The session of a token; at once where the store can be read at once. */
  findByToken(this: void, tokenHash: string): MaybePromise<StoredSession | undefined>
  find(this: void, id: string): Promise<StoredSession | undefined>
  /** The same, once every transaction that is under way in another process has ended. */
  findCommitted(this: void, id: string): Promise<StoredSession | undefined>
  /** Those of the sessions that are valid. */
  findAll(this: void, ids: readonly string[]): Promise<StoredSession[]>
  /** The sessions of a user, the most recently used first, at most `maxListedSessions`. */
  ofUser(this: void, userId: string): Promise<StoredSession[]>
  /** The ids of all sessions of a user, valid or not. */
  idsOfUser(this: void, userId: string): Promise<string[]>
  /** Begins an anonymous session. */
  begin(this: void, metadata: SessionMetadata, tokenHash: string): Promise<StoredSession>
  /**
   * Gives a session a later end and a new token. The presented one goes on for
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
   * Gives a session another user, or none, and a new token in place of all others. Another user
   * begins a session with an id of its own.
   *
   * @throws {CommandError} `token_invalid`
   */
  changeUser(
    this: void,
    id: string,
    change: { readonly userId: string | null; readonly tokenHash: string },
  ): Promise<StoredSession>
  /** Records that sessions are in use. */
  touch(this: void, ids: readonly string[], now: number): Promise<void>
  /** Removes sessions with their tokens; says how many there were. */
  end(this: void, ids: readonly string[]): Promise<number>
}

/** The end of a room's log. */
export interface RoomHead {
  readonly room: string
  readonly epoch: string
  /** Of the newest message; before the first one, the number that comes before it. */
  readonly seq: number
}

/** A part of a log. */
export interface RoomRange {
  /** Only messages after this one: the first ones of them. @default the last ones */
  readonly after?: number | undefined
  /** Only messages before this one. @default to the newest */
  readonly before?: number | undefined
  /** How many messages. */
  readonly limit: number
  /** The bytes of their JSON on the wire; a single message may have more. */
  readonly maxBytes: number
  /** Whether the message at `after` itself is looked up as well. @default false */
  readonly isAnchored?: boolean | undefined
}

/** What was read of a log, in order. */
export interface ReadMessages {
  readonly messages: RoomMessage[]
  /** Whether there are more of the range: newer ones where `after` was given, else older ones. */
  readonly more: boolean
  /** The message at `after`, where it was asked for and is still there. */
  readonly anchor: RoomMessage | undefined
  /** What the page costs: the bytes read from the store, or those on the wire if they are more. */
  readonly bytes: number
}

/** The logs of rooms. */
export interface RoomStore {
  /** Chosen when the store was made; every position in its logs names it. */
  readonly epoch: string
  head(this: void, room: string): Promise<RoomHead>
  /** The ends of those logs that have a row. */
  heads(this: void, rooms: readonly string[]): Promise<RoomHead[]>
  /** Reads messages, bounded by number and bytes, and at least one if there is one. */
  read(this: void, room: string, range: RoomRange): Promise<ReadMessages>
  /** When a room was last noted as used; `undefined` for a room without a row. */
  usedAt(this: void, room: string): Promise<number | undefined>
  /** Notes that rooms are used. A room without a row gets one, if its session may begin one more. */
  noteUsed(this: void, rooms: readonly JoinedRoom[]): Promise<void>
  /** Tells the other processes of a change of rights. */
  tellRights(this: void, change: RightsChange): Promise<void>
}

/** A room, and who joined it. */
export interface JoinedRoom {
  readonly room: string
  readonly sessionId: string
}

/** What can be done in a transaction that an app's handler shares. */
export interface OpenTransaction {
  readonly database: StoreTransaction
  /** @throws {CommandError} `token_invalid`, `store_full` */
  admit(this: void, session: SessionUser): Promise<void>
  /** @throws {CommandError} `token_invalid`, `store_full` */
  append(this: void, append: Append, session?: SessionUser): Promise<Place>
  deliver(this: void, delivery: Delivery): Promise<DeliveryOutcome>
}

/** Everything that takes effect exactly once. */
export interface OutboxStore {
  /**
   * Settles what an outbox brings.
   *
   * @throws {CommandError} `token_invalid`, `forbidden` for the outbox of another session, `store_full`
   */
  deliver(this: void, delivery: Delivery): Promise<DeliveryOutcome>
  /**
   * Appends one message.
   *
   * @param session whose work it is. @default the server's own
   * @throws {CommandError} `token_invalid`, `store_full`
   */
  append(this: void, append: Append, session?: SessionUser): Promise<Place>
  /** Runs work in a transaction of its own: committed once it resolves, else rolled back. */
  transact<Result>(
    this: void,
    work: (transaction: OpenTransaction) => Promise<Result>,
  ): Promise<Result>
}

/** Somebody in a room. */
export interface Presence {
  readonly room: string
  readonly member: string
}

/** The lease of a node; `seenAt` tells one renewal from another. */
export interface NodeLease {
  readonly id: string
  readonly seenAt: number
}

/** Who is in which room, by way of which node. */
export interface PresenceStore {
  /** Who is in some rooms, each once. */
  members(this: void, rooms: readonly string[]): Promise<Presence[]>
  /** Records that some are in rooms by way of a node, at most `PRESENCES_PER_WRITE` of them. */
  enter(this: void, node: string, presences: readonly Presence[]): Promise<void>
  leave(this: void, node: string, presence: Presence): Promise<void>
  leases(this: void): Promise<NodeLease[]>
  /** Renews a node's lease; says whether it still had one. */
  renewLease(this: void, node: string): Promise<boolean>
  /** Gives a node a lease, which it has lost or never had. */
  takeLease(this: void, node: string): Promise<void>
  /** Takes a node's lease away, unless the node has renewed it. */
  revokeLease(this: void, lease: NodeLease): Promise<void>
  /** Removes some who were there by way of a node without a lease; says whether any were left. */
  removeMembers(this: void, node: string): Promise<boolean>
  /** Removes a node without a lease. */
  removeNode(this: void, node: string): Promise<void>
}

/** How many rows of presence one write has. */
export const PRESENCES_PER_WRITE = 500

/** Where a page of outboxes ended. */
export interface OutboxCursor {
  readonly id: string
  readonly usedAt: number
}

/** Removes what is not kept any longer, in steps that take about `sweepTurnMs`. */
export interface UpkeepStore {
  /**
   * Judges the system clock by what the store knows of earlier sweeps, and records that.
   *
   * @param sinceLookMs since the last look of this process, by the monotonic clock; 0 for the first
   */
  judgeClock(this: void, sinceLookMs: number): Promise<Judgement>
  /** Removes at most `sweepBatchSize` sessions that are over by then; says how many. */
  removeSessions(this: void, now: number): Promise<number>
  /** Removes messages that are too old, and rooms that nobody has used for long. */
  removeOldMessages(
    this: void,
    now: number,
  ): Promise<{ readonly rows: number; readonly rooms: number; readonly isDone: boolean }>
  /** Removes the oldest messages of a room beyond `roomRetentionMessages`. */
  trimRoom(this: void, room: string): Promise<{ readonly rows: number; readonly isDone: boolean }>
  /** The next rooms after a name that may have more messages than `roomRetentionMessages`. */
  longRoomsAfter(
    this: void,
    name: string,
  ): Promise<{ readonly rooms: readonly string[]; readonly next: string | undefined }>
  /** Removes answers that are too old; says whether that was all. */
  removeOldAnswers(this: void, now: number): Promise<boolean>
  /** Removes outboxes that outlived their session for long: a page of them. */
  removeOldOutboxes(
    this: void,
    now: number,
    after: OutboxCursor | undefined,
  ): Promise<OutboxCursor | undefined>
}
