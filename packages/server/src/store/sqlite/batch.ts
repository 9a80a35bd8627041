import { CommandError } from '../../shared/commandError.js'
import { invalidToken } from '../../shared/invalidToken.js'
import type { Limits } from '../../shared/limits.js'
import type { Moment, SessionClock } from '../sessionClock.js'
import type { SessionUser } from '../delivery.js'
import type { StoreBounds } from '../storeBounds.js'
import { CommitNews } from './commitNews.js'
import type { Database } from './openDatabase.js'
import { OutboxLedger } from './outboxLedger.js'
import { RoomAppends } from './roomAppends.js'
import { selectUsers } from './sessionQueries.js'

/** What a write will ask for, so that one query serves all that share a transaction. */
export interface Needs {
  readonly sessionId?: string | undefined
  readonly outboxId?: string | undefined
}

/** What a batch depends on. */
export interface BatchDeps {
  /** Tells what this process has committed from what others have; none where there are no others. */
  node: string | undefined
  clock: SessionClock
  limits: Limits
  bounds: StoreBounds
}

/** What is committed together: what was read for it, and what will be written at its end. */
export class Batch {
  readonly transaction: Database
  readonly moment: Moment
  readonly deps: BatchDeps
  readonly rooms: RoomAppends
  readonly outboxes: OutboxLedger
  readonly news = new CommitNews()
  #users: ReadonlyMap<string, string | null> = new Map()

  private constructor(transaction: Database, deps: BatchDeps) {
    const { clock, limits, bounds } = deps
    this.transaction = transaction
    this.deps = deps
    this.moment = clock.moment()
    this.rooms = new RoomAppends(transaction, this.moment.now, bounds, this.news)
    this.outboxes = new OutboxLedger(transaction, this.moment.now, limits)
  }

  /** Reads what the work will ask for, inside of the transaction that it is about to share. */
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
   * What was decided for a session holds only while it is valid, and its user the same.
   *
   * @throws {CommandError} `token_invalid`, or `store_unavailable` for another user
   */
  requireSession({ id, userId }: SessionUser): void {
    const current = this.#users.get(id)
    if (current === undefined) throw invalidToken()
    if (current === userId) return
    throw new CommandError('store_unavailable', 'Somebody signed in or out meanwhile', {
      hint: 'Try again',
    })
  }

  /** @throws {CommandError} `store_full` */
  requireSpace(): void {
    this.deps.bounds.requireSpace()
  }

  /** Writes everything down. */
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
