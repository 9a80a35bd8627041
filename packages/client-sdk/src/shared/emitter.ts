import { facility } from './platform.js'

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

interface Entry<Payload> {
  readonly name: string
  readonly listener: (payload: Payload) => void
}

/**
 * Listeners by name. Emitting walks a copy, skips those that unsubscribed meanwhile, and reports
 * what a listener throws instead of passing it on.
 */
export class Emitter<Payload = unknown> {
  readonly #entries = new Set<Entry<Payload>>()

  /** The same function can be subscribed twice, and each subscription ends by itself. */
  on(name: string, listener: (payload: Payload) => void): Unsubscribe {
    const entry = { name, listener }
    this.#entries.add(entry)
    return () => {
      this.#entries.delete(entry)
    }
  }

  /** The same for the next occurrence alone. */
  once(name: string, listener: (payload: Payload) => void): Unsubscribe {
    const stop = this.on(name, (payload) => {
      stop()
      listener(payload)
    })
    return stop
  }

  emit(name: string, payload: Payload): void {
    for (const entry of [...this.#entries]) {
      if (entry.name !== name || !this.#entries.has(entry)) continue
      try {
        entry.listener(payload)
      } catch (error) {
        reportListenerError(error)
      }
    }
  }
}

/** Hands a listener's mistake to the page's error handling, or to the console where there is none. */
export function reportListenerError(error: unknown): void {
  facility(() => {
    const report = (globalThis as Partial<typeof globalThis>).reportError ?? console.error
    report(error)
  })
}
