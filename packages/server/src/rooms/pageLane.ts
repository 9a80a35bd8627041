import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { currentTurn } from '../socketio/eventLoopTurn.js'
import type { Priced } from './catchUp.js'

/** The fixed cost of a page in addition to its bytes, in bytes. */
const BASE_COST = 4 * 1024

/** `retryAfterMs` when too many pages are queued. */
const BUSY_RETRY_MS = 1_000

/**
 * Reads the pages of a node one after another, in the order of the requests. One turn of the event
 * loop reads about one full page or a few small ones, so that other work runs in between.
 */
export class PageLane {
  readonly #limits: Limits
  readonly #waiting: (() => void)[] = []
  #isBusy = false
  #turn = -1
  /** How many bytes this turn may still read. */
  #left = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * Reads a page when its turn comes.
   *
   * @throws {CommandError} `rate_limited` when too many pages are queued
   */
  async read<Page>(work: () => Promise<Priced<Page>>): Promise<Priced<Page>> {
    if (this.#waiting.length >= this.#limits.maxPendingPages) throw tooBusy()
    if (this.#isBusy) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isBusy = true
    this.#refill()
    try {
      const priced = await work()
      this.#left -= BASE_COST + priced.bytes
      return priced
    } finally {
      this.#goOn()
    }
  }

  #refill(): void {
    const turn = currentTurn()
    if (turn !== this.#turn) this.#left = this.#limits.maxPageBytes
    this.#turn = turn
  }

  #goOn(): void {
    this.#refill()
    if (this.#left > 0) this.#next()
    else {
      setImmediate(() => {
        this.#next()
      })
    }
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#isBusy = false
  }
}

/** The refusal of a page because the queue is full or the wait took too long. */
export function tooBusy(): CommandError {
  return new CommandError('rate_limited', 'Too many pages are queued', {
    hint: 'Request one page at a time',
    data: { retryAfterMs: BUSY_RETRY_MS },
  })
}
