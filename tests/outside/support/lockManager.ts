type Work = (lock: { name: string } | null) => unknown

interface LockOptions {
  signal?: AbortSignal
  ifAvailable?: boolean
}

/** A minimal Web Locks: one holder per name at a time, and the others wait in order. */
export function lockManager() {
  const tails = new Map<string, Promise<unknown>>()
  return {
    async request(name: string, { signal, ifAvailable }: LockOptions, work: Work) {
      signal?.throwIfAborted()
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
