/** Node takes a longer timer for one of 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** A duration for a timer, which may be endless by a limit. */
export function timerMs(ms: number): number {
  return Math.min(ms, MAX_TIMER_MS)
}
