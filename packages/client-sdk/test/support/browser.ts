import { vi } from 'vitest'

/** Stubs the few browser globals that the client uses. */
export function stubBrowser(origin: string) {
  const page = { visibilityState: 'visible' }
  const window = new EventTarget()
  const network = { onLine: true, locks: createLocks() }
  const entries = new Map<string, string>()
  vi.stubGlobal('document', page)
  vi.stubGlobal('window', window)
  vi.stubGlobal('navigator', network)
  vi.stubGlobal('location', { origin })
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => entries.set(key, value),
    removeItem: (key: string) => entries.delete(key),
  })
  return { page, window, network, entries }
}

/** A minimal Web Locks: one holder per name at a time. */
function createLocks() {
  let tails = new Map<string, Promise<unknown>>()
  return {
    /** Releases every lock, as closing all pages does. */
    closePages: () => {
      tails = new Map()
    },
    request: async <Result>(
      name: string,
      { signal, ifAvailable }: { signal?: AbortSignal; ifAvailable?: boolean },
      work: (lock: object | null) => Promise<Result>,
    ): Promise<Result> => {
      const before = tails.get(name)
      if (ifAvailable && before) return work(null)
      const turn = (before ?? Promise.resolve()).then(() => {
        signal?.throwIfAborted()
        return work({ name })
      })
      const tail: Promise<unknown> = turn
        .catch(() => undefined)
        .then(() => {
          if (tails.get(name) === tail) tails.delete(name)
        })
      tails.set(name, tail)
      return turn
    },
  }
}
