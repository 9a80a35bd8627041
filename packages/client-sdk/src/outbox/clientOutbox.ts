import type { Json } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/**
 * `queued`: the server has certainly not acted on it; `sending`: it may have; `delivered`: it has,
 * once; `failed`: nothing more will be done for it, and its error says whether it may have run.
 */
export type OutboxItemState = 'queued' | 'sending' | 'delivered' | 'failed'

/** One command of an outbox at one moment; frozen. */
export interface OutboxItem {
  readonly id: string
  readonly name: string
  /** A copy: what the caller does to its own later changes nothing. */
  readonly input: Json | undefined
  readonly state: OutboxItemState
  /** In milliseconds since 1970. */
  readonly queuedAt: number
  /** Why it failed. */
  readonly error: YektaYarError | null
  /** What the server answered, once it is delivered. */
  readonly data: unknown
}

/**
 * Where items are kept: in memory, as by default; in IndexedDB, still to be opened or open; or in
 * memory although IndexedDB was asked for, since that failed.
 */
export type OutboxStorage = 'memory' | 'opening' | 'indexeddb' | 'failed'

/**
 * The commands with the delivery `once` that have not come to their end. They are sent in order,
 * again after every loss of the connection, and take effect once.
 */
export interface ClientOutbox {
  readonly storage: OutboxStorage

  /** What is on its way, and the newest 100 that failed; the oldest first. */
  list(this: void): readonly OutboxItem[]

  /** Listens to every change of an item; without one, `storage` or the whole list has changed. */
  onChange(this: void, listener: (item: OutboxItem | undefined) => void): Unsubscribe

  /**
   * Sends a failed item again, as a new one at the end, and resolves as that does. It may run twice
   * where its error says `mayHaveRun`.
   *
   * @throws {YektaYarError} `not_found`, and as every command that is `once`
   */
  retry(this: void, id: string): Promise<unknown>

  /**
   * Gives up an item: it fails as `aborted`. What was sent may have run; what was not will not.
   * Says whether there was something to give up. A failed item leaves the list.
   */
  cancel(this: void, id: string): boolean

  /**
   * Gives up everything and empties the list, and the storage as well. To be called by an app that
   * signs somebody out with a token of its own; `session.signOut()` does it by itself.
   */
  clear(this: void): void
}
