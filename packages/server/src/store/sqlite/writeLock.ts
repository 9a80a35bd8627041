import { databaseClosed, isLocked } from '../storeFailure.js'

/** How long SQLite itself waits for another process's lock, which keeps the event loop waiting. */
export const NATIVE_WAIT_MS = 25

/** Pauses between two tries; they double up to the longest one. */
const MIN_PAUSE_MS = 1
const MAX_PAUSE_MS = 25

/** What the lock needs. */
export interface WriteLockOptions {
  /** Tries to take the lock; throws SQLITE_BUSY while another process has it. */
  begin(this: void): void
  /** Sets how long SQLite itself waits. */
  setNativeWait(this: void, ms: number): void
  /** Gives the connection to others for a pause, and takes it back. */
  release(this: void): Promise<void>
  acquire(this: void): Promise<void>
  /** How long to wait at all. */
  busyTimeoutMs: number
}

/**
 * SQLite's lock of the file for writing. Where another process has it, those who want it wait in
 * line and by timers, so that the event loop goes on, and so does what only reads.
 */
export class WriteLock {
  readonly #options: WriteLockOptions
  readonly #pauses = new Set<() => void>()
  #line: Promise<void> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor(options: WriteLockOptions) {
    this.#options = options
  }

  /**
   * Takes the lock for a new transaction. Whoever calls has the connection, before and after.
   *
   * @param work what takes the lock instead of a transaction
   * @throws SQLITE_BUSY when the time is up
   */
  async take(work = this.#options.begin): Promise<void> {
    if (this.#waiting === 0 && attempt(work)) return
    const before = this.#line
    let leave = (): void => undefined
    this.#line = new Promise((resolve) => {
      leave = resolve
    })
    this.#waiting++
    try {
      await this.#wait(work, before)
    } finally {
      this.#waiting--
      leave()
    }
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true
    for (const end of this.#pauses) end()
  }

  async #wait(work: () => void, before: Promise<void>): Promise<void> {
    const { acquire, release, setNativeWait, busyTimeoutMs } = this.#options
    const deadline = performance.now() + busyTimeoutMs
    await release()
    await before
    for (let pauseMs = MIN_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      await acquire()
      if (this.#isClosed) throw databaseClosed()
      setNativeWait(0)
      try {
        if (attempt(work, performance.now() >= deadline)) return
      } finally {
        setNativeWait(NATIVE_WAIT_MS)
      }
      await release()
      await this.#pause(pauseMs)
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#pauses.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#pauses.add(end)
    })
  }
}

/** Says whether the lock was free. */
function attempt(work: () => void, isLast = false): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (isLast || !isLocked(error)) throw error
    return false
  }
}
