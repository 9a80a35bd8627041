import type { Unsubscribe } from './emitter.js'

/** Longer delays overflow the 32 bits of `setTimeout` and would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** A machine that sleeps stops its timers, so the clock is looked at this often. */
const LONGEST_STEP_MS = 60 * 60_000

/** Calls back once when this machine's clock says so; the returned function calls it off. */
export function startLongTimer(time: number, ring: () => void): Unsubscribe {
  let timer: ReturnType<typeof setTimeout>
  const wait = (): void => {
    const remainingMs = time - Date.now()
    timer = setTimeout(
      remainingMs > LONGEST_STEP_MS ? wait : ring,
      Math.min(remainingMs, LONGEST_STEP_MS),
    )
    // A process in Node shall end when only this is left.
    if (typeof timer === 'object') timer.unref()
  }
  wait()
  return () => {
    clearTimeout(timer)
  }
}
