import type { Limits } from '../../shared/limits.js'
import type { Moment, SessionClock } from '../sessionClock.js'
import { chargedBounds } from '../chargedBounds.js'
import type { ChargedBounds } from '../chargedBounds.js'
import type { SessionUser } from '../delivery.js'
import { requireSameUser } from '../requireSameUser.js'
import type { StoreBounds } from '../storeBounds.js'
import { CommitNews } from './commitNews.js'
import type { Database } from './openDatabase.js'
import { OutboxLedger } from './outboxLedger.js'
import { RoomAppends } from './roomAppends.js'
import { selectUsers } from './sessionQueries.js'

/** What a write needs to read, so that one query serves all writes of a transaction. */
export interface Needs {
  readonly sessionId?: string | undefined
  readonly outboxId?: string | undefined
}

/** What a batch depends on. */
export interface BatchDeps {
  /** The id of this process, which marks its commits; `undefined` if no other process can write. */
  node: string | undefined
  clock: SessionClock
  limits: Limits
  bounds: StoreBounds
}

/** The writes of one transaction: what was read for them, and what is to be written at its end. */
export class Batch {
  readonly transaction: Database
  readonly moment: Moment
  readonly deps: BatchDeps
  readonly rooms: RoomAppends
  readonly outboxes: OutboxLedger
  readonly news = new CommitNews()
  readonly #bounds: ChargedBounds
  #users: ReadonlyMap<string, string | null> = new Map()

  private constructor(transaction: Database, deps: BatchDeps) {
    const { clock, limits, bounds } = deps
    this.transaction = transaction
    this.deps = deps
    this.moment = clock.moment()
    this.#bounds = chargedBounds(bounds)
    this.rooms = new RoomAppends(transaction, this.moment.now, this.#bounds, this.news)
    this.outboxes = new OutboxLedger(transaction, this.moment.now, limits)
  }

  /** Reads what the writes need, inside the transaction that they share. */
  static async open(
    transaction: Database,
    needs: readonly Needs[],
    deps: BatchDeps,
  ): Promise<Batch> {
    const batch = new Batch(transaction, deps)
    const sessionIds = distinct(needs, 'sessionId')
    if (sessionIds.length > 0) {
      batch.#users = await selectUsers(transaction, sessionIds, batch.moment)
    }
    await batch.outboxes.load(distinct(needs, 'outboxId'))
    return batch
  }

  /**
   * Checks that a session is still valid and still has the same user.
   *
   * @throws {CommandError} `token_invalid`, or `store_unavailable` for another user
   */
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
    await this.rooms.flush()
    if (await this.outboxes.flush()) this.news.other()
    const { node } = this.deps
    if (node !== undefined) await this.news.flush(this.transaction, node)
  }
}

function distinct(needs: readonly Needs[], name: keyof Needs): string[] {
  return [...new Set(needs.map((need) => need[name]))].filter((id) => id !== undefined)
}
