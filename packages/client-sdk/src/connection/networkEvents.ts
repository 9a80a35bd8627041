import { isBrowser } from '../shared/platform.js'

/** Calls back whenever the browser knows something new about the network or the page was asleep. */
export function watchNetwork(signal: AbortSignal, onNews: () => void): void {
  if (!isBrowser()) return
  for (const name of ['online', 'offline', 'pageshow', 'visibilitychange']) {
    // The last one bubbles up from the document.
    window.addEventListener(
      name,
      () => {
        if (document.visibilityState === 'visible') onNews()
      },
      { signal },
    )
  }
}

/** Whether the browser believes that there is no network. */
export function isOffline(): boolean {
  return typeof navigator !== 'undefined' && (navigator.onLine as boolean | undefined) === false
}
