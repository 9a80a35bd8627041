import type { WindowLimit } from '../shared/windowLimit.js'

/** Options of a failure budget. */
export interface FailureBudgetDeps {
  limit: WindowLimit
  /** How many attempts with one key may wait for the others. */
  maxWaiting: number
}

/** A budget for failed attempts. Each attempt is charged before its outcome is known. */
export interface FailureBudget {
  /**
   * Charges one attempt. While attempts in flight hold the rest of the budget, it waits for their
   * outcome, so that many successful attempts at the same time do not refuse each other.
   *
   * @returns 0, or the milliseconds after which to try again
   */
  reserve(key: string): Promise<number>
  /** Ends an attempt that was charged; a successful one is given back. */
  settle(key: string, hasFailed: boolean): void
}

/** The attempts with one key; at least one is running. */
interface Flight {
  running: number
  /** Wakes waiting attempts: the first when one is given back, all when nothing runs any more. */
  readonly waiting: (() => void)[]
}

/** Creates the budget. Its memory is bounded by the number of attempts in flight. */
export function createFailureBudget({ limit, maxWaiting }: FailureBudgetDeps): FailureBudget {
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
