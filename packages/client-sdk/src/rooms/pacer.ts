import { ROOM_MAX_GAP_MS, ROOM_MIN_GAP_MS } from '../shared/limits.js'
import { now } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { isYektaYarError, YektaYarError } from '../shared/yektaYarError.js'

/** A call that waits for its turn. */
export interface PacedCall<Result> {
  readonly name: string
  /** Cancels the call, also while it waits. */
  readonly signal: AbortSignal | undefined
  /** Whether to repeat the call after `rate_limited`, until the signal aborts. */
  readonly isPatient: boolean
  send(): Promise<Result>
}

/**
 * Limits how many calls run at a time; the others wait in order. After the server answered
 * `rate_limited`, calls are spaced by its `retryAfterMs` until none is left.
 */
export class Pacer {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #running = 0
  #gapMs = 0
  /** When the next call may go, in `now()`. */
  #nextAt = 0

  constructor(most: number) {
    this.#most = most
  }

  /**
   * Sends a call when its turn comes.
   *
   * @throws {YektaYarError} `aborted` when the signal aborts before that
   */
  async run<Result>(call: PacedCall<Result>): Promise<Result> {
    if (this.#running < this.#most) this.#running++
    else await this.#turn(call)
    try {
      return await this.#send(call)
    } finally {
      const next = this.#waiting.shift()
      if (next)
        next() // it takes this place
      else if (--this.#running === 0) this.#gapMs = 0
    }
  }

  async #send<Result>(call: PacedCall<Result>): Promise<Result> {
    for (;;) {
      if (this.#gapMs > 0) await this.#gap(call)
      try {
        return await call.send()
      } catch (error) {
        if (!this.#isLimited(error) || !call.isPatient || call.signal?.aborted) throw error
      }
    }
  }

  /** Whether an error is `rate_limited`; if so, records the pause that the server asks for. */
  #isLimited(error: unknown): boolean {
    if (!isYektaYarError(error) || error.code !== 'rate_limited') return false
    const { retryAfterMs } = propertiesOf(error.data)
    if (typeof retryAfterMs !== 'number' || retryAfterMs <= 0) return false
    // The next one may be free in a millisecond, and the one after it much later.
    this.#gapMs = Math.min(Math.max(retryAfterMs, ROOM_MIN_GAP_MS), ROOM_MAX_GAP_MS)
    this.#nextAt = Math.max(this.#nextAt, now() + this.#gapMs)
    return true
  }

  #gap(call: PacedCall<unknown>): Promise<void> {
    const time = now()
    const startsAt = Math.max(time, this.#nextAt)
    this.#nextAt = startsAt + this.#gapMs
    return waitFor(call, (begin) => {
      const timer = setTimeout(begin, startsAt - time)
      return () => {
        clearTimeout(timer)
      }
    })
  }

  #turn(call: PacedCall<unknown>): Promise<void> {
    return waitFor(call, (begin) => {
      this.#waiting.push(begin)
      return () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
      }
    })
  }
}

/** Waits until `start` calls `begin`. If the signal aborts first, calls what `start` returned. */
function waitFor(
  { name, signal }: PacedCall<unknown>,
  start: (begin: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      signal?.removeEventListener('abort', giveUp)
      stop()
      reject(new YektaYarError('aborted', `${name}: not sent (aborted)`))
    }
    const stop = start(() => {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    })
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted) giveUp()
  })
}
