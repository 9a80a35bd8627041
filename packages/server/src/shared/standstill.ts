import { timerMs } from './timerMs.js'
/** What a server that stood still does before it goes on. */
export interface StandstillOptions {
  /** How late the clock of this process may be. */
  maxLateMs: number
  /** Reads anew what others may have changed. */
  refresh(this: void): Promise<void>
  /** Goes on with what was left out while it was being read. */
  resume(this: void): Promise<void>
  onFailure(this: void, error: unknown): void
}

/**
 * Notices that the process stood still: it was suspended, its machine slept, or its event loop was
 * blocked. What it knows of sessions is old then, and others may have removed its lease.
 *
 * Both clocks are looked at, since the monotonic one may stand still while a machine sleeps. A system
 * clock that is set forward looks the same, and costs one more reading.
 */
export class Standstill {
  readonly #options: StandstillOptions
  readonly #timer: NodeJS.Timeout
  readonly #maxGapMs: number
  #seenAt = performance.now()
  #seenTime = Date.now()
  #isStale = false
  /** How often it stood still. */
  #gaps = 0
  #refreshing: Promise<void> | undefined
  #isClosed = false
  readonly #fail = (error: unknown): void => {
    if (!this.#isClosed) this.#options.onFailure(error)
  }

  constructor(options: StandstillOptions) {
    this.#options = options
    const intervalMs = options.maxLateMs / 2
    this.#maxGapMs = intervalMs + options.maxLateMs
    this.#timer = setInterval(() => {
      if (this.isStale()) this.whenFresh().catch(this.#fail)
      this.#look(performance.now(), Date.now())
    }, timerMs(intervalMs))
    this.#timer.unref()
  }

  /**
   * Whether what was read of sessions may be old, so that nothing may be served before it is read
   * anew. Begins to read.
   *
   * @param now of `performance.now()`
   * @param time of `Date.now()`
   */
  isStale(now = performance.now(), time = Date.now()): boolean {
    const isLate = now - this.#seenAt > this.#maxGapMs || time - this.#seenTime > this.#maxGapMs
    if (isLate) {
      this.#look(now, time)
      this.#isStale = true
      this.#gaps++
      this.whenFresh().catch(this.#fail)
    }
    return this.#isStale
  }

  /** Resolves once it was read anew; rejects where it could not be. */
  whenFresh(): Promise<void> {
    if (!this.#isStale) return Promise.resolve()
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Stops its timer. What is being read is read to its end, and not continued. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
  }

  async #refresh(): Promise<void> {
    const { refresh, resume } = this.#options
    let gaps: number
    do {
      gaps = this.#gaps
      await refresh()
    } while (gaps !== this.#gaps) // it stood still again while it was reading
    this.#isStale = false
    if (!this.#isClosed) resume().catch(this.#fail)
  }

  #look(now: number, time: number): void {
    this.#seenAt = now
    this.#seenTime = time
  }
}
