import type { Unsubscribe } from './emitter.js'
import { unref } from './platform.js'

/** The longest delay of `setTimeout`; longer ones overflow 32 bits and fire immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** The clock is checked this often, since timers stop while a machine sleeps. */
const LONGEST_STEP_MS = 60 * 60_000

/** Calls back once at a time of this machine's clock. Returns a function that cancels it. */
export function startLongTimer(time: number, ring: () => void): Unsubscribe {
  let timer: ReturnType<typeof setTimeout>
  const wait = (): void => {
    const remainingMs = time - Date.now()
    timer = setTimeout(
      remainingMs > LONGEST_STEP_MS ? wait : ring,
      Math.min(remainingMs, LONGEST_STEP_MS),
    )
    unref(timer)
  }
  wait()
  return () => {
    clearTimeout(timer)
  }
}
