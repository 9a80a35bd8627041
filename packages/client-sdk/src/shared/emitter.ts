import { facility } from './platform.js'
import { requireType } from './requireType.js'

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

interface Entry<Payload> {
  readonly name: string
  readonly listener: (payload: Payload) => void
}

/**
 * Listeners by name. Emitting walks a copy, skips listeners that have unsubscribed since, and
 * reports errors of listeners instead of throwing them.
 */
export class Emitter<Payload = unknown> {
  readonly #entries = new Set<Entry<Payload>>()

  /**
   * Subscribes. The same function can be subscribed twice; each subscription ends separately.
   *
   * @throws {YektaYarError} `invalid_input` for what is no function
   */
  on(name: string, listener: (payload: Payload) => void): Unsubscribe {
    requireType('function', 'The listener', listener)
    const entry = { name, listener }
    this.#entries.add(entry)
    return () => {
      this.#entries.delete(entry)
    }
  }

  /** Subscribes to the next occurrence only. Throws like `on()`. */
  once(name: string, listener: (payload: Payload) => void): Unsubscribe {
    requireType('function', 'The listener', listener)
    const stop = this.on(name, (payload) => {
      stop()
      listener(payload)
    })
    return stop
  }

  emit(name: string, payload: Payload): void {
    for (const entry of [...this.#entries]) {
      if (entry.name === name && this.#entries.has(entry)) callListener(entry.listener, payload)
    }
  }
}

/** Calls a listener; its error is reported instead of thrown. */
export function callListener<Payload>(
  listener: (payload: Payload) => void,
  payload: Payload,
): void {
  try {
    listener(payload)
  } catch (error) {
    reportListenerError(error)
  }
}

/** Reports a listener's error to the page's error handling, or to the console if there is none. */
export function reportListenerError(error: unknown): void {
  facility(() => {
    const report = (globalThis as Partial<typeof globalThis>).reportError ?? console.error
    report(error)
  })
}
