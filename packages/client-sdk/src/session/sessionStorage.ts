import type { SessionStorage } from '../shared/options.js'

/** Keeps sessions in memory. Clients that share the adapter share the session. */
export function memoryStorage(): SessionStorage {
  const entries = new Map<string, string>()
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.set(key, value)
    },
    remove: (key) => {
      entries.delete(key)
    },
  }
}

/**
 * Keeps sessions in Web Storage, by default in `localStorage`. It is looked up at each use, and
 * stores nothing where it is missing, as in Node, in SSR or with blocked cookies.
 */
export function webStorage(storage?: Storage): SessionStorage {
  const target = (): Storage | undefined => {
    try {
      return storage ?? globalThis.localStorage
    } catch {
      return undefined // reading the property throws when the user has blocked storage
    }
  }
  return {
    get: (key) => target()?.getItem(key),
    set: (key, value) => target()?.setItem(key, value),
    remove: (key) => target()?.removeItem(key),
  }
}
