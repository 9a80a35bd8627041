import { databaseClosed, isLocked } from '../storeFailure.js'

/** How long SQLite itself waits for another process's lock, which blocks the event loop. */
export const NATIVE_WAIT_MS = 25

/** The pause between two tries; it doubles up to the maximum. */
const MIN_PAUSE_MS = 1
const MAX_PAUSE_MS = 25

/** What the write lock needs. */
export interface WriteLockDeps {
  /** Tries to take the lock; throws SQLITE_BUSY while another process has it. */
  begin(this: void): void
  /** Sets how long SQLite itself waits. */
  setNativeWait(this: void, ms: number): void
  /** Release the connection for the time of a pause, and acquire it again. */
  release(this: void): Promise<void>
  acquire(this: void): Promise<void>
  /** How long to wait in total. */
  busyTimeoutMs: number
}

/**
 * SQLite's write lock of the file. While another process has it, callers wait in a queue and by
 * timers, so that neither the event loop nor reads are blocked.
 */
export class WriteLock {
  readonly #deps: WriteLockDeps
  readonly #pauses = new Set<() => void>()
  #line: Promise<void> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor(deps: WriteLockDeps) {
    this.#deps = deps
  }

  /**
   * Takes the lock for a new transaction. The caller must have acquired the connection, and has it
   * again afterwards.
   *
   * @param work takes the lock. @default begins a transaction
   * @throws SQLITE_BUSY after the timeout
   */
  async take(work = this.#deps.begin): Promise<void> {
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
    const { acquire, release, setNativeWait, busyTimeoutMs } = this.#deps
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

/** Tries to take the lock. Returns whether it was free. */
function attempt(work: () => void, isLast = false): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (isLast || !isLocked(error)) throw error
    return false
  }
}
