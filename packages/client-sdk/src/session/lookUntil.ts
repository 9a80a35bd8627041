import type { Unsubscribe } from '../shared/emitter.js'
import { SUCCESSOR_LOOK_MS } from '../shared/limits.js'

/** Calls `find` on each notification and at intervals, until it returns true or `isOver` does. */
export async function lookUntil(
  find: () => Promise<boolean>,
  isOver: () => boolean,
  onNews: (listener: () => void) => Unsubscribe,
): Promise<boolean> {
  for (;;) {
    if (await find()) return true
    if (isOver()) return false
    await new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(go, SUCCESSOR_LOOK_MS)
      const stop = onNews(go)
    })
  }
}
