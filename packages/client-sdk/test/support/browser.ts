import { vi } from 'vitest'

/** The few parts of a browser that the client looks at. */
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

/** Web Locks as far as the client uses them: one holder of a name at a time. */
function createLocks() {
  const tails = new Map<string, Promise<unknown>>()
  return {
    request: async <Result>(
      name: string,
      { signal }: { signal: AbortSignal },
      work: () => Promise<Result>,
    ): Promise<Result> => {
      const held = (tails.get(name) ?? Promise.resolve()).then(() => {
        signal.throwIfAborted()
        return work()
      })
      tails.set(
        name,
        held.catch(() => undefined),
      )
      return held
    },
  }
}
