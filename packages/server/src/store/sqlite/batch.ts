import { RoomAppends } from './roomAppends.js'
import type { CommandSession } from '../../sessions/commandSession.js'
import { invalidToken } from '../../shared/invalidToken.js'
import { selectUsers } from './sessionQueries.js'
import type { Moment } from './sessionQueries.js'
import { CommandError } from '../../shared/commandError.js'
import type { Limits } from '../../shared/limits.js'
import type { Database } from './openDatabase.js'
import type { StoreBounds } from '../storeBounds.js'
import { OutboxLedger } from './outboxLedger.js'

/** What a piece of work will ask for, so that one query serves all that share a transaction. */
export interface Needs {
  readonly sessionId?: string
  readonly outboxId?: string | undefined
}

/** What a batch needs. */
export interface BatchOptions {
  epoch: string
  moment: Moment
  limits: Limits
  bounds: StoreBounds
}

/** What is committed together: what was read for it, and what will be written at its end. */
export class Batch {
  readonly transaction: Database
  readonly rooms: RoomAppends
  readonly outboxes: OutboxLedger
  readonly #users: ReadonlyMap<string, string | null>
  readonly #bounds: StoreBounds

  private constructor(
    transaction: Database,
    users: ReadonlyMap<string, string | null>,
    outboxes: OutboxLedger,
    rooms: RoomAppends,
    bounds: StoreBounds,
  ) {
    this.transaction = transaction
    this.rooms = rooms
    this.outboxes = outboxes
    this.#users = users
    this.#bounds = bounds
  }

  /** Reads what the work will ask for, inside of the transaction that it is about to share. */
  static async open(
    transaction: Database,
    needs: readonly Needs[],
    { epoch, moment, limits, bounds }: BatchOptions,
  ): Promise<Batch> {
    const users = await selectUsers(transaction, distinct(needs, 'sessionId'), moment)
    const outboxes = new OutboxLedger(transaction, moment.now, limits)
    await outboxes.load(distinct(needs, 'outboxId'))
    const rooms = new RoomAppends(transaction, epoch, moment.now, bounds)
    return new Batch(transaction, users, outboxes, rooms, bounds)
  }

  /**
   * What was decided for a session holds only while it is valid, and its user the same.
   *
   * @throws {CommandError} `token_invalid`, or `store_unavailable` for another user
   */
  requireSession({ id, userId }: CommandSession): void {
    const current = this.#users.get(id)
    if (current === undefined) throw invalidToken()
    if (current === userId) return
    throw new CommandError('store_unavailable', 'Somebody signed in or out meanwhile', {
      hint: 'Try again',
    })
  }

  /** @throws {CommandError} `store_full` */
  requireSpace(): void {
    this.#bounds.requireSpace()
  }

  /** Writes everything down. */
  async flush(): Promise<void> {
    await this.rooms.flush()
    await this.outboxes.flush()
  }
}

function distinct(needs: readonly Needs[], name: keyof Needs): string[] {
  return [...new Set(needs.map((need) => need[name]))].filter((id) => id !== undefined)
}
