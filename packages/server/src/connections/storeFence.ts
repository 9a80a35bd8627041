import type { FastifyBaseLogger } from 'fastify'
import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Standstill } from '../shared/standstill.js'
import { timerMs } from '../shared/timerMs.js'
import type { StoreReach } from '../store/storeProcess.js'

/** How often the reach of the store is looked at. */
const LOOK_MS = 250

/** After so long without an answer, the store counts as silent; an answer is due each second. */
const UNREADY_MS = 2_500

/** What the fence needs. */
export interface StoreFenceDeps {
  /** `undefined` for a store on this machine, which needs no fence. */
  reach: StoreReach | undefined
  standstill: Pick<Standstill, 'doubt'>
  limits: Pick<Limits, 'storeSilentMs' | 'storeDownMs' | 'drainRetryAfterMs'>
  log: FastifyBaseLogger
}

/**
 * Keeps a process from serving while it cannot reach the store: sessions may have ended and rights may
 * have been taken elsewhere without its knowledge. Nothing is served then until everything was read
 * again. Its connections are closed, so that clients go to another process. They are kept for a while
 * if the store itself says that it is down, since no other process could serve them.
 */
export class StoreFence {
  readonly #deps: StoreFenceDeps
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout | undefined
  #isUp = false
  /** Whether the store was silent at the last look. */
  #wasSilent = false
  #isShut = false

  constructor(deps: StoreFenceDeps) {
    this.#deps = deps
    const { reach } = deps
    if (!reach) return
    this.#timer = setInterval(() => {
      this.#look(reach)
    }, timerMs(LOOK_MS))
    this.#timer.unref()
  }

  /** Whether nothing may be served. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** For how long the store has not answered. */
  get silentMs(): number {
    return this.#deps.reach?.silentMs ?? 0
  }

  /** Whether the store answers. */
  get isAnswered(): boolean {
    return !this.#isUp && this.silentMs <= UNREADY_MS
  }

  /** Calls back when the connections have to close. */
  readonly onShut = (listener: () => void): void => {
    this.#listeners.add(listener)
  }

  /** Why nothing is served: `store_unavailable` while the fence is up, and otherwise `undefined`. */
  get refusal(): CommandError | undefined {
    return this.#isUp ? this.#refusal() : undefined
  }

  /** @throws {CommandError} `store_unavailable` while the fence is up */
  readonly requireDown = (): void => {
    if (this.#isUp) throw this.#refusal()
  }

  /** @throws {CommandError} `store_unavailable` while the store does not answer */
  readonly requireAnswers = (): void => {
    if (!this.isAnswered) throw this.#refusal()
  }

  /** Everything was read again. */
  lift(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#isShut = false
    this.#deps.log.info('the database answers again: clients are served as usual')
  }

  close(): void {
    clearInterval(this.#timer)
    this.#listeners.clear()
  }

  #look(reach: StoreReach): void {
    const { standstill, limits, log } = this.#deps
    const { silentMs, isDown } = reach
    const isSilent = silentMs > limits.storeSilentMs
    if (isSilent && !this.#wasSilent) {
      if (!this.#isUp) {
        log.error(
          { silentMs, isDown },
          'the database does not answer: nothing is served until it does',
        )
      }
      this.#isUp = true
      standstill.doubt()
      reach.cut()
    }
    this.#wasSilent = isSilent
    if (!isSilent || this.#isShut || (isDown && silentMs <= limits.storeDownMs)) return
    this.#isShut = true
    for (const listener of this.#listeners) listener()
  }

  #refusal(): CommandError {
    const { reach, limits } = this.#deps
    const seconds = String(Math.round(this.silentMs / 1_000))
    return new CommandError('store_unavailable', `The database has not answered for ${seconds} s`, {
      hint: reach?.isDown ? 'Start the database' : 'Check the network between this server and it',
      data: { retryAfterMs: limits.drainRetryAfterMs },
    })
  }
}
