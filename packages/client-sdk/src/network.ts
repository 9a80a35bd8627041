import type { Unsubscribe } from './emitter.js'

/** Calls back whenever the browser knows something new about the network or the page was asleep. */
export function watchNetwork(onNews: () => void): Unsubscribe {
  if (typeof document === 'undefined') return () => undefined
  const onVisibility = (): void => {
    if (document.visibilityState === 'visible') onNews()
  }
  const names = ['online', 'offline', 'pageshow'] as const
  for (const name of names) window.addEventListener(name, onNews)
  document.addEventListener('visibilitychange', onVisibility)
  return () => {
    for (const name of names) window.removeEventListener(name, onNews)
    document.removeEventListener('visibilitychange', onVisibility)
  }
}

/** Whether the browser is sure that there is no network. */
export function isOffline(): boolean {
  return typeof navigator !== 'undefined' && (navigator.onLine as boolean | undefined) === false
}
