import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { settledWithin } from '../shared/settledWithin.js'
import { isStopped, isStoreFailure } from './storeFailure.js'

/** How long a caller waits for a probe, which may have to wait for the write lock. */
const WAIT_MS = 1_000

/**
 * Whether the store can be written. With a full disk or a read-only file, reads still work. This
 * costs nothing while writes succeed. After a failed write, calls probe the store at intervals.
 */
export class WriteHealth {
  readonly #limits: Limits
  #failure: unknown
  #triedAt = -Infinity
  #trying: Promise<void> | undefined

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Records that a write has failed; errors of a single statement or transaction do not count. */
  readonly noteFailure = (error: unknown): void => {
    if (isStoreFailure(error) && !isStopped(error)) this.#failure = error
  }

  /**
   * @param tryToWrite writes something that needs space, and waits until it is on the disk
   * @throws {CommandError} `store_unavailable` while the store cannot be written
   */
  async requireWritable(tryToWrite: () => Promise<void>): Promise<void> {
    if (!this.#hasFailed()) return
    if (performance.now() - this.#triedAt >= this.#limits.writeProbeIntervalMs) {
      this.#trying ??= this.#try(tryToWrite)
    }
    if (this.#trying) await settledWithin(this.#trying, WAIT_MS)
    if (!this.#hasFailed()) return
    throw new CommandError('store_unavailable', 'The store cannot be written', {
      hint: 'Check the disk of the server and the permissions of its database file',
      cause: this.#failure,
    })
  }

  #hasFailed(): boolean {
    return this.#failure !== undefined
  }

  async #try(tryToWrite: () => Promise<void>): Promise<void> {
    this.#triedAt = performance.now()
    try {
      await tryToWrite()
      this.#failure = undefined
    } catch (error) {
      this.#failure = error
    } finally {
      this.#trying = undefined
    }
  }
}
