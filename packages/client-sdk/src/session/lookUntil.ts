import type { Unsubscribe } from '../shared/emitter.js'
import { SUCCESSOR_LOOK_MS } from '../shared/limits.js'

/** Looks for something on news and from time to time, until it is there or the search is over. */
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
