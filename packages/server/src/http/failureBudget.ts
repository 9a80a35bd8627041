import type { WindowLimit } from '../shared/windowLimit.js'

/** What a budget needs. */
export interface FailureBudgetOptions {
  limit: WindowLimit
  /** How many may wait for others with the same key. */
  maxWaiting: number
}

/** A budget of failures, to which a try is charged before its outcome is known. */
export interface FailureBudget {
  /**
   * Takes one for a try. Where others in flight hold all that is left, waits for their outcome, so
   * that many at once that succeed do not refuse each other.
   *
   * @returns 0, or the milliseconds after which to try again
   */
  reserve(key: string): Promise<number>
  /** A try that has reserved is over. */
  settle(key: string, hasFailed: boolean): void
}

/** The tries with one key, of which at least one is running. */
interface Flight {
  running: number
  /** Called in order, each when there may be one for it; all when nothing runs any more. */
  readonly waiting: (() => void)[]
}

/** Creates the budget. What it holds is bounded by the tries that are in flight. */
export function createFailureBudget({ limit, maxWaiting }: FailureBudgetOptions): FailureBudget {
  const flights = new Map<string, Flight>()

  return {
    async reserve(key) {
      for (;;) {
        const retryAfterMs = limit.take(key)
        const flight = flights.get(key)
        if (retryAfterMs === 0) {
          if (flight) flight.running++
          else flights.set(key, { running: 1, waiting: [] })
          return 0
        }
        if (!flight || flight.waiting.length >= maxWaiting) return retryAfterMs
        await new Promise<void>((resolve) => flight.waiting.push(resolve))
      }
    },
    settle(key, hasFailed) {
      const flight = flights.get(key)
      if (!flight) return
      flight.running--
      if (!hasFailed) limit.giveBack(key)
      if (flight.running === 0) {
        flights.delete(key)
        for (const wake of flight.waiting) wake()
      } else if (!hasFailed) flight.waiting.shift()?.()
    },
  }
}
