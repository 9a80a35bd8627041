import { facility, isBrowser } from '../shared/platform.js'

/** Calls back when the browser reports a network change, or the page becomes visible again. */
export function watchNetwork(signal: AbortSignal, onNews: () => void): void {
  if (!isBrowser()) return
  const onEvent = (): void => {
    if (facility(() => document.visibilityState) === 'visible') onNews()
  }
  // The last one bubbles up from the document.
  for (const name of ['online', 'offline', 'pageshow', 'visibilitychange']) {
    facility(() => {
      window.addEventListener(name, onEvent)
    })
    signal.addEventListener('abort', () => {
      facility(() => {
        window.removeEventListener(name, onEvent)
      })
    })
  }
}

/** Whether the app or the browser reports that there is no network. */
export function isOffline(isOnline = (): boolean => navigator.onLine): boolean {
  return facility(isOnline) === false
}
