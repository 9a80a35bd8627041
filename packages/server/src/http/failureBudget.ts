import type {
  LimitCharge,
  LimitOutcome,
  LimitReceipt,
  StrictLimits,
} from '../store/strictLimits.js'

/** A waiting attempt tries again after this time, since no event reports attempts at other processes. */
const LOOK_AGAIN_MS = 250

/** Options of a failure budget. */
export interface FailureBudgetDeps {
  limits: StrictLimits
  /** How many attempts with one key may wait for the others. */
  maxWaiting: number
}

/** The limits of an attempt; for the first one, it may wait. */
export type Charges = readonly [LimitCharge, ...LimitCharge[]]

/** A budget for failed attempts. Each attempt is charged before its outcome is known. */
export interface FailureBudget {
  /**
   * Charges one attempt to all of its limits, or to none. While attempts in flight hold the rest of the
   * first limit, it waits for their outcome, so that many successful attempts at the same time do not
   * refuse each other.
   *
   * @throws {CommandError} `store_unavailable`, `rate_limited` where too many attempts are queued
   */
  reserve(charges: Charges): Promise<LimitOutcome>
  /** Ends an attempt that was charged; a successful one is given back. */
  settle(charges: Charges, receipt: LimitReceipt, hasFailed: boolean): Promise<void>
}

/** The attempts with one key. */
interface Flight {
  running: number
  /** Wakes waiting attempts: the first when one is given back, all when nothing runs any more. */
  readonly waiting: (() => void)[]
}

/** Creates the budget. Its memory is bounded by the number of attempts in flight. */
export function createFailureBudget({ limits, maxWaiting }: FailureBudgetDeps): FailureBudget {
  const flights = new Map<string, Flight>()
  const flightOf = (key: string): Flight => {
    const flight = flights.get(key) ?? { running: 0, waiting: [] }
    flights.set(key, flight)
    return flight
  }
  const forget = (key: string, { running, waiting }: Flight): void => {
    if (running + waiting.length === 0) flights.delete(key)
  }
  const wait = (key: string, flight: Flight): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        flight.waiting.splice(flight.waiting.indexOf(wake), 1)
        forget(key, flight)
        resolve()
      }, LOOK_AGAIN_MS).unref()
      flight.waiting.push(wake)
    })

  return {
    async reserve(charges) {
      const [first] = charges
      for (;;) {
        const outcome = await limits.take(charges)
        const flight = flightOf(first.key)
        if ('receipt' in outcome) {
          flight.running++
          return outcome
        }
        const { charge, isHeld } = outcome.refusal
        if (charge !== first || !isHeld || flight.waiting.length >= maxWaiting) {
          forget(first.key, flight)
          return outcome
        }
        await wait(first.key, flight)
      }
    },
    async settle([{ key }], receipt, hasFailed) {
      try {
        await limits.settle(receipt, hasFailed)
      } finally {
        const flight = flightOf(key)
        flight.running--
        if (flight.running === 0) {
          for (const wake of flight.waiting.splice(0)) wake()
        } else if (!hasFailed) flight.waiting.shift()?.()
        forget(key, flight)
      }
    },
  }
}
