/** The longest timer of Node, which fires a longer one after 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Limits a duration, which may be `Infinity`, to what a timer can take. */
export function timerMs(ms: number): number {
  return Math.min(ms, MAX_TIMER_MS)
}
