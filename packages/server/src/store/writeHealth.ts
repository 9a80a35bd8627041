import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { settledWithin } from '../shared/settledWithin.js'
import { isStoreFailure } from './storeFailure.js'

/** How long somebody who asks waits for a try, which may have to wait for the lock. */
const WAIT_MS = 1_000

/**
 * Whether the store can be written: a full disk and a file that is read only leave reading as it was.
 * As long as writes succeed, this costs nothing. Once one has failed, writing is tried from time to
 * time when somebody asks.
 */
export class WriteHealth {
  readonly #limits: Limits
  #failure: unknown
  #triedAt = -Infinity
  #trying: Promise<void> | undefined

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Notes that a write has failed; what was the fault of one statement does not count. */
  readonly noteFailure = (error: unknown): void => {
    if (isStoreFailure(error)) this.#failure = error
  }

  /**
   * @param tryToWrite writes something that needs room, and waits until it is on the disk
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
      hint: 'Look at the disk of the server, and at the rights of its file',
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
