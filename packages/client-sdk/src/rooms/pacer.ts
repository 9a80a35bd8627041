import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { ROOM_MAX_GAP_MS, ROOM_MIN_GAP_MS, ROOM_PAGES_AT_ONCE } from '../shared/limits.js'
import { now } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'

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
  readonly #waiting = new Set<() => void>()
  #running = 0
  #gapMs = 0
  /** When the next call may go, in `now()`. */
  #nextAt = 0

  /**
   * Sends a call when its turn comes.
   *
   * @throws {YektaYarError} `aborted` when the signal aborts before that
   */
  async run<Result>(call: PacedCall<Result>): Promise<Result> {
    if (this.#running < ROOM_PAGES_AT_ONCE) this.#running++
    else await this.#turn(call)
    try {
      return await this.#send(call)
    } finally {
      const [next] = this.#waiting
      if (next) {
        this.#waiting.delete(next)
        next() // it takes this place
      } else if (--this.#running === 0) this.#gapMs = 0
    }
  }

  async #send<Result>(call: PacedCall<Result>): Promise<Result> {
    for (;;) {
      if (this.#gapMs > 0) await this.#gap(call)
      try {
        return await call.send()
      } catch (error) {
        if (!this.#isLimited(error as YektaYarError) || !call.isPatient || call.signal?.aborted)
          throw error
      }
    }
  }

  /** Whether an error is `rate_limited`; if so, records the pause that the server asks for. */
  #isLimited({ code, data }: YektaYarError): boolean {
    const retryAfterMs = Number(propertiesOf(data).retryAfterMs)
    if (code !== 'rate_limited' || !(retryAfterMs > 0)) return false
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
      this.#waiting.add(begin)
      return () => {
        this.#waiting.delete(begin)
      }
    })
  }
}

/** Waits until `start` calls `begin`, or the signal aborts. Calls what `start` returned in any case. */
async function waitFor(
  { name, signal }: PacedCall<unknown>,
  start: (begin: () => void) => Unsubscribe,
): Promise<void> {
  const deadline = startDeadline(undefined, signal)
  try {
    await waitUntil<undefined>(
      deadline,
      (resolve) => start(resolve as () => void), // of nothing
      () => new YektaYarError('aborted', `${name}: not sent (aborted)`),
    )
  } finally {
    deadline.end()
  }
}
