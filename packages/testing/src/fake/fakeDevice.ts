/** How many fakes are offline. They share one `navigator`. */
let offline = 0
let restore: (() => void) | undefined

/**
 * The device of one fake client. While any is offline, so is `navigator`, for what an app reads
 * itself; the other clients go by their own devices.
 */
export class FakeDevice {
  #isOffline = false

  /** Whether this device has a network. */
  get isOnline(): boolean {
    if (this.#isOffline) return false
    const { navigator } = globalThis as { navigator?: { onLine?: boolean } } // missing in Node 20
    return offline > 0 || navigator?.onLine !== false // where a fake of another device has set it
  }

  /** Sets `navigator.onLine` to false, and dispatches the `offline` event, as a browser does. */
  goOffline(): void {
    if (this.#isOffline) return
    this.#isOffline = true
    if (offline++ === 0) restore = replaceOnLine()
    tell('offline')
  }

  /** Reverts `goOffline()`. */
  goOnline(): void {
    if (!this.#isOffline) return
    this.#isOffline = false
    if (--offline === 0) restore?.()
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
