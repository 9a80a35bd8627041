import { breakAll } from './breakFacility.js'
import type { Globals } from './clientRealm.js'

/** What React Native lacks of a page. */
const absent = [
  ...['document', 'crypto', 'TextEncoder', 'queueMicrotask', 'structuredClone'],
  ...['addEventListener', 'removeEventListener', 'dispatchEvent', 'DOMException', 'location'],
  ...['BroadcastChannel', 'indexedDB', 'IDBKeyRange', 'localStorage', 'sessionStorage'],
]

/** Makes a page an app of React Native, as far as the client uses its globals. */
export function becomeReactNative(page: Globals): void {
  breakAll(page, 'absent', absent)
  Object.assign(page, {
    navigator: { product: 'ReactNative' },
    AbortController: controllerWithoutReason(),
    URL: class {
      get origin(): string {
        throw new Error('URL.origin is not implemented')
      }
    },
  })
}

/** Like npm's `abort-controller`, which React Native includes. */
function controllerWithoutReason() {
  return class {
    readonly signal = Object.assign(new EventTarget(), { aborted: false })

    abort(): void {
      if (this.signal.aborted) return
      this.signal.aborted = true
      this.signal.dispatchEvent(new Event('abort'))
    }
  }
}
