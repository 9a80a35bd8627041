import { facility } from './platform.js'

/** An `AbortController`, also where the platform has none: then its signal means nothing to `fetch`. */
export function createAbortController(): AbortController {
  return facility(() => new AbortController()) ?? minimalController()
}

/** Aborts with a reason, also where signals have none, as in React Native. */
export function abortWith(controller: AbortController, reason: unknown): void {
  const { signal } = controller
  if (!('reason' in signal)) Object.defineProperty(signal, 'reason', { value: reason })
  controller.abort(reason)
}

/** Throws the reason of a signal that is aborted. */
export function throwIfAborted({ aborted, reason }: AbortSignal): void {
  if (aborted) throw reason as Error
}

/** A signal for the platform's own functions, which take nothing but one of its own. */
export function platformSignal(signal: AbortSignal): AbortSignal | null {
  return facility(() => signal instanceof AbortSignal) ? signal : null
}

function minimalController(): AbortController {
  const listeners = new Set<() => void>()
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_name: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_name: string, listener: () => void) => listeners.delete(listener),
  }
  const abort = (reason?: unknown): void => {
    if (signal.aborted) return
    Object.assign(signal, { aborted: true, reason })
    for (const listener of [...listeners]) listener()
  }
  return { signal, abort } as unknown as AbortController // as much of one as the client uses
}
