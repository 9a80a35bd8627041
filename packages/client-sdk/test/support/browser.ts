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
  const held = new Set<string>()
  return {
    /** The pages are closed: what they held for their lifetime is free. */
    closePages: () => {
      held.clear()
    },
    request: async <Result>(
      name: string,
      { signal, ifAvailable }: { signal?: AbortSignal; ifAvailable?: boolean },
      work: (lock: object | null) => Promise<Result>,
    ): Promise<Result> => {
      if (ifAvailable) {
        const lock = held.has(name) ? null : { name }
        held.add(name)
        return work(lock)
      }
      const turn = (tails.get(name) ?? Promise.resolve()).then(() => {
        signal?.throwIfAborted()
        return work({ name })
      })
      tails.set(
        name,
        turn.catch(() => undefined),
      )
      return turn
    },
  }
}
