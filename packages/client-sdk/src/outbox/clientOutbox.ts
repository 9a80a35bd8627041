import type { Json } from '@yektayar/protocol'
import type { ReadableState } from '../shared/readableState.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/**
 * The state of an outbox item:
 *
 * - `queued`: the command has certainly not run.
 * - `sending`: it may have run.
 * - `delivered`: it has run, once.
 * - `failed`: it will not be sent again. The error's `mayHaveRun` says whether it may have run.
 */
export type OutboxItemState = 'queued' | 'sending' | 'delivered' | 'failed'

/** One command of an outbox at one moment; frozen. */
export interface OutboxItem {
  readonly id: string
  readonly name: string
  /** A copy, so that later changes of the caller's object have no effect. */
  readonly input: Json | undefined
  readonly state: OutboxItemState
  /** In milliseconds since 1970. */
  readonly queuedAt: number
  /** Why it failed. */
  readonly error: YektaYarError | null
  /** The server's answer, once the item is delivered. */
  readonly data: unknown
}

/**
 * Where items are kept: in `memory` (the default); in IndexedDB, which is `opening` or open; or
 * only in memory since IndexedDB has `failed`.
 */
export type OutboxStorage = 'memory' | 'opening' | 'indexeddb' | 'failed'

/** An outbox at one moment; frozen. */
export interface OutboxSnapshot {
  readonly storage: OutboxStorage
  /** The unfinished items and the newest 100 failed ones, oldest first. */
  readonly items: readonly OutboxItem[]
}

/**
 * The unfinished and failed commands with the delivery `once`. They are sent in order, again after
 * every lost connection, and take effect exactly once. Listeners are called once for
 * all changes of the running code, after it.
 */
export interface ClientOutbox extends ReadableState<OutboxSnapshot> {
  readonly storage: OutboxStorage

  /**
   * Sends a failed item again, as a new item at the end. Resolves with the new item's answer. The
   * command may run twice if the error of the failed item has `mayHaveRun`.
   *
   * @throws {YektaYarError} `not_found`, and the codes of every `once` command
   */
  retry(this: void, id: string): Promise<unknown>

  /**
   * Gives up an item: it fails as `aborted`. An item that was sent may have run; any other will not
   * run. A failed item is removed from the list. Returns whether there was such an item.
   */
  cancel(this: void, id: string): boolean

  /**
   * Gives up all items, and empties the list and the storage. Call this if your app signs a user
   * out with its own token; `session.signOut()` does it by itself.
   */
  clear(this: void): void
}
