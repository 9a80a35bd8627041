/** How many fakes are offline: they share one device. */
let count = 0
let restore: (() => void) | undefined

/**
 * Makes `navigator.onLine` say that there is no network, and tells the page, as a browser does.
 *
 * @returns takes it back
 */
export function takeOffline(): () => void {
  if (count++ === 0) restore = replaceOnLine()
  tell('offline')
  return () => {
    if (--count === 0) restore?.()
    tell('online')
  }
}

/** Node 20 has no navigator, and none has an `onLine` outside of a browser. */
function replaceOnLine(): () => void {
  const scope = globalThis as { navigator?: object } // as just said
  const { navigator } = scope
  if (!navigator) {
    Object.defineProperty(scope, 'navigator', { configurable: true, value: { onLine: false } })
    return () => {
      Reflect.deleteProperty(scope, 'navigator')
    }
  }
  const before = Object.getOwnPropertyDescriptor(navigator, 'onLine')
  Object.defineProperty(navigator, 'onLine', { configurable: true, value: false })
  return () => {
    if (before) Object.defineProperty(navigator, 'onLine', before)
    else Reflect.deleteProperty(navigator, 'onLine')
  }
}

function tell(name: 'online' | 'offline'): void {
  const { window } = globalThis as { window?: EventTarget } // only there in a page
  window?.dispatchEvent(new Event(name))
}
