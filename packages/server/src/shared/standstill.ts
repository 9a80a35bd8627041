import { timerMs } from './timerMs.js'
/** What a process does after a standstill, before it serves again. */
export interface StandstillDeps {
  /** How late a timer of this process may be. */
  maxLateMs: number
  /** Reads again what other processes may have changed. */
  refresh(this: void): Promise<void>
  /** Does the work that was skipped during the refresh. */
  resume(this: void): Promise<void>
  onFailure(this: void, error: unknown): void
}

/**
 * Detects that the process stood still: it was suspended, its machine slept, or its event loop was
 * blocked. Its sessions may be out of date then, and other nodes may have revoked its lease.
 *
 * Both clocks are compared, since the monotonic clock may stop while a machine sleeps. A system
 * clock that is set forward looks the same and only costs a superfluous refresh.
 */
export class Standstill {
  readonly #deps: StandstillDeps
  readonly #timer: NodeJS.Timeout
  readonly #maxGapMs: number
  #seenAt = performance.now()
  #seenTime = Date.now()
  #isStale = false
  /** The number of standstills so far. */
  #gaps = 0
  /** The newest refresh. */
  #refreshing = Promise.resolve()
  #isRefreshing = false
  #isClosed = false
  readonly #waiting = new Set<() => void>()
  readonly #fail = (error: unknown): void => {
    if (!this.#isClosed) this.#deps.onFailure(error)
  }

  constructor(deps: StandstillDeps) {
    this.#deps = deps
    const intervalMs = deps.maxLateMs / 2
    this.#maxGapMs = intervalMs + deps.maxLateMs
    this.#timer = setInterval(() => {
      if (this.isStale()) this.whenFresh().catch(this.#fail)
      this.#look(performance.now(), Date.now())
    }, timerMs(intervalMs))
    this.#timer.unref()
  }

  /**
   * Whether sessions may be out of date, so that nothing may be served before the refresh. Starts
   * the refresh if so.
   *
   * @param now by `performance.now()`
   * @param time by `Date.now()`
   */
  isStale(now = performance.now(), time = Date.now()): boolean {
    const isLate = now - this.#seenAt > this.#maxGapMs || time - this.#seenTime > this.#maxGapMs
    if (isLate) {
      this.#look(now, time)
      this.doubt()
    }
    return this.#isStale
  }

  /** Makes sessions count as out of date: changes of other processes may have been missed. */
  doubt(): void {
    this.#isStale = true
    this.#gaps++
    this.whenFresh().catch(this.#fail)
  }

  /** Resolves after the refresh; rejects if it failed. */
  whenFresh(): Promise<void> {
    if (!this.#isStale) return Promise.resolve()
    if (!this.#isRefreshing) this.#refreshing = this.#refresh()
    return this.#refreshing
  }

  /** Calls back after a refresh that did not fail; at once while nothing is out of date. */
  onceFresh(work: () => void): void {
    if (this.#isStale) this.#waiting.add(work)
    else work()
  }

  /** Stops the timer. A running refresh completes, but `resume` is not called. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#waiting.clear()
  }

  async #refresh(): Promise<void> {
    const { refresh, resume } = this.#deps
    this.#isRefreshing = true
    try {
      let gaps: number
      do {
        gaps = this.#gaps
        await refresh()
      } while (gaps !== this.#gaps) // another standstill during the refresh
      this.#isStale = false
    } finally {
      this.#isRefreshing = false // in the same turn, so that a later doubt begins another refresh
    }
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const work of waiting) work()
    if (!this.#isClosed) resume().catch(this.#fail)
  }

  #look(now: number, time: number): void {
    this.#seenAt = now
    this.#seenTime = time
  }
}
