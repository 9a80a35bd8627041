import type { Limits } from '../../shared/limits.js'
import { chargedBounds } from '../chargedBounds.js'
import type { ChargedBounds } from '../chargedBounds.js'
import type { SessionUser } from '../delivery.js'
import type { Moment, SessionClock } from '../sessionClock.js'
import { requireSameUser } from '../requireSameUser.js'
import type { DeliveryBatch } from '../settleDelivery.js'
import type { StoreBounds } from '../storeBounds.js'
import { StoreValueError } from '../storeValueError.js'
import type { DatabaseTime } from './databaseTime.js'
import { HeldOutboxes } from './heldOutboxes.js'
import type { HeldOutboxRow } from './heldOutboxes.js'
import { HeldRooms } from './heldRooms.js'
import type { HeldRoomRow } from './heldRooms.js'
import { PostgresNews } from './postgresNews.js'
import type { Query } from './query.js'

/** `used_at` is accurate to this part of the retention. */
const USED_AT_PARTS = 30

/** What a write has to lock before anything is decided. */
export interface Needs {
  readonly sessionIds?: readonly string[]
  /** Whether it changes these sessions. */
  readonly isChange?: boolean
  /** The outbox, of the session. */
  readonly outbox?: { readonly id: string; readonly sessionId: string }
  readonly rooms?: readonly string[]
}

/** What a batch depends on. */
export interface PostgresBatchDeps {
  /** The id of this process. */
  node: string
  time: DatabaseTime
  clock: SessionClock
  /** How long a session may be idle; Infinity for no limit. */
  idleMs: number
  limits: Limits
  bounds: StoreBounds
}

type Held = [
  now: number,
  sessions: [id: string, userId: string | null][] | null,
  outboxes: HeldOutboxRow[] | null,
  rooms: HeldRoomRow[] | null,
]

/** The writes of one transaction: what they have locked, and what is to be written at its end. */
export class PostgresBatch implements DeliveryBatch {
  readonly query: Query
  readonly moment: Moment
  readonly deps: PostgresBatchDeps
  readonly rooms: HeldRooms
  readonly outboxes: HeldOutboxes
  readonly news = new PostgresNews()
  readonly #users: ReadonlyMap<string, string | null>
  readonly #bounds: ChargedBounds

  private constructor(
    query: Query,
    deps: PostgresBatchDeps,
    [now, sessions, outboxes, rooms]: Held,
  ) {
    this.query = query
    this.deps = deps
    this.moment = deps.clock.moment(now)
    this.#users = new Map(sessions)
    this.#bounds = chargedBounds(deps.bounds)
    this.rooms = new HeldRooms(rooms ?? [], now, this.#bounds)
    this.outboxes = new HeldOutboxes(outboxes ?? [], now, deps.limits, query)
  }

  /** Locks what the writes need, inside the transaction that they share. */
  static async open(
    query: Query,
    needs: readonly Needs[],
    deps: PostgresBatchDeps,
  ): Promise<PostgresBatch> {
    const sessions = new Set(needs.flatMap(({ sessionIds = [] }) => sessionIds))
    const owners = new Map<string, string>()
    for (const { outbox } of needs) {
      if (outbox && !owners.has(outbox.id)) owners.set(outbox.id, outbox.sessionId)
    }
    const rooms = new Set(needs.flatMap((need) => need.rooms ?? []))
    requireTexts([...sessions, ...owners.keys(), ...rooms])
    const sentAt = performance.now()
    const [row] = await query<{ held: string }>(
      'select yektayar.hold($1, $2, $3, $4, $5, $6) as held',
      [
        [...sessions],
        needs.some(({ isChange = false }) => isChange),
        Number.isFinite(deps.idleMs) ? deps.idleMs : null,
        [...owners.keys()],
        [...owners.values()],
        [...rooms],
      ],
    )
    const held = JSON.parse(row?.held ?? '[0]') as Held // as the function has made it
    deps.time.observe(held[0], sentAt)
    return new PostgresBatch(query, deps, held)
  }

  /** @throws {CommandError} `token_invalid`, or `store_unavailable` for another user */
  requireSession(session: SessionUser): void {
    requireSameUser(this.#users, session)
  }

  /** @throws {CommandError} `store_full` */
  requireSpace(): void {
    this.deps.bounds.requireSpace()
  }

  /** @throws {CommandError} `rate_limited` */
  takeBytes(sessionId: string, bytes: number): void {
    this.#bounds.takeBytes(sessionId, bytes)
  }

  /** The transaction was rolled back. */
  undone(): void {
    this.#bounds.giveBack()
  }

  /** Writes everything that is pending. */
  async flush(): Promise<void> {
    for (const name of this.rooms.changed()) this.news.rooms.add(name)
    const rooms = this.rooms.rows()
    const outboxes = this.outboxes.rows()
    const count =
      rooms.ends.names.length +
      rooms.unused.length +
      outboxes.ends.ids.length +
      outboxes.unused.length
    if (count === 0) return
    const { now } = this.moment
    await this.query(
      'select yektayar.settle($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)',
      [
        ...[now, usedBefore(this.deps, now)],
        ...[rooms.messages.rooms, rooms.messages.lastSeqs, rooms.messages.json],
        ...[rooms.ends.names, rooms.ends.seqs, rooms.unused],
        ...[outboxes.ends.ids, outboxes.ends.lastNs, outboxes.ends.lastKeys, outboxes.unused],
        ...[outboxes.answers.outboxes, outboxes.answers.lastNs, outboxes.answers.json],
      ],
    )
    await this.outboxes.prune()
  }
}

/** The moment before which the recorded use of an outbox is too old. */
export function usedBefore({ limits }: Pick<PostgresBatchDeps, 'limits'>, now: number): number {
  return Math.max(0, Math.floor(now - limits.outboxRetentionMs / USED_AT_PARTS))
}

/** An app in JavaScript may pass anything as an id, of which `pg` would make an array or JSON. */
function requireTexts(values: readonly unknown[]): void {
  if (values.every((value) => typeof value === 'string')) return
  throw new StoreValueError('An id or a name that the database should find is no text')
}
