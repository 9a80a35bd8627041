/** How many fakes are offline. They share one `navigator`. */
let count = 0
let restore: (() => void) | undefined

/**
 * Sets `navigator.onLine` to false, and dispatches the `offline` event, as a browser does.
 *
 * @returns the function that reverts it
 */
export function takeOffline(): () => void {
  if (count++ === 0) restore = replaceOnLine()
  tell('offline')
  return () => {
    if (--count === 0) restore?.()
    tell('online')
  }
}

/** Replaces `navigator.onLine`. Node 20 has no navigator, and no Node has `onLine`. */
function replaceOnLine(): () => void {
  const scope = globalThis as { navigator?: object } // missing in Node 20
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
  const { window } = globalThis as { window?: EventTarget } // only in a page
  window?.dispatchEvent(new Event(name))
}
