/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

type Listener = (payload: unknown) => void

/**
 * Listeners by name. Emitting walks a copy, skips those that unsubscribed meanwhile, and reports
 * what a listener throws instead of passing it on.
 */
export class Emitter {
  readonly #listeners = new Map<string, Set<Listener>>()

  on(name: string, listener: Listener): Unsubscribe {
    // An entry of its own, so that one function can be subscribed twice and unsubscribed once.
    const entry: Listener = (payload) => {
      listener(payload)
    }
    const entries = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, entries.add(entry))
    return () => {
      entries.delete(entry)
      if (entries.size === 0 && this.#listeners.get(name) === entries) this.#listeners.delete(name)
    }
  }

  emit(name: string, payload: unknown): void {
    const entries = this.#listeners.get(name)
    if (!entries) return
    for (const entry of [...entries]) {
      if (!entries.has(entry)) continue
      try {
        entry(payload)
      } catch (error) {
        reportListenerError(error)
      }
    }
  }
}

/** Hands a listener's mistake to the page's error handling, or to the console where there is none. */
export function reportListenerError(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
