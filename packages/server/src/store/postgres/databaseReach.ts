import type { StoreReach } from '../storeProcess.js'

/**
 * The most that one tick counts as silence: a process that was stopped, or was busy, could not hear.
 */
const MAX_TICK_MS = 1_500

/** Errors by which a machine or a server says that there is no database now. */
const downCodes = ['ECONNREFUSED', 'ENOENT', '57P01', '57P02', '57P03', '53300']

/** For how long no statement of this process was answered by the database. */
export class DatabaseReach {
  #silentMs = 0
  #isDown = false
  #tickedAt = performance.now()

  /** Whether more than one answer of those that are due each second is missing. */
  get isSilent(): boolean {
    return this.#silentMs > 2 * MAX_TICK_MS
  }

  /** A statement was answered. */
  readonly answered = (): void => {
    this.#silentMs = 0
    this.#isDown = false
  }

  /** The database could not be reached. */
  failed(error: unknown): void {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
    this.#isDown = downCodes.includes(String(code))
  }

  /** What the store shows of it. @param connections that can be cut */
  over(connections: readonly { cut(): void }[]): StoreReach {
    const silentMs = (): number => this.#silentMs
    const isDown = (): boolean => this.#isDown
    return {
      get silentMs() {
        return silentMs()
      },
      get isDown() {
        return isDown()
      },
      cut() {
        for (const one of connections) one.cut()
      },
    }
  }

  /** Counts the time since the last tick, unless something is answered after it. */
  tick(now = performance.now()): void {
    this.#silentMs += Math.min(now - this.#tickedAt, MAX_TICK_MS)
    this.#tickedAt = now
  }
}
