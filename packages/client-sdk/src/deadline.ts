import type { Unsubscribe } from './emitter.js'

/** Why a wait ended from outside. */
export type DeadlineCode = 'timeout' | 'aborted'

/** A point in time, or an abort, that ends one wait after another. */
export interface Deadline {
  /** Aborted when the time is up or the caller's own signal is; its reason is a {@link DeadlineCode}. */
  readonly signal: AbortSignal
  /** Releases the timer and the caller's signal; call it in a `finally`. */
  end(): void
}

/** Longer delays overflow the 32 bits of `setTimeout` and would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Starts the clock; without `timeoutMs` only the signal ends it. */
export function startDeadline(timeoutMs?: number, signal?: AbortSignal): Deadline {
  const controller = new AbortController()
  const expire = (code: DeadlineCode): void => {
    controller.abort(code)
  }
  const abort = (): void => {
    expire('aborted')
  }
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(expire, Math.min(timeoutMs, MAX_TIMER_MS), 'timeout' satisfies DeadlineCode)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    },
  }
}

/**
 * Waits for what `start` hands over, at the latest until the deadline; then `toError` says what
 * that means here. The function that `start` returns is called in every case.
 */
export async function waitUntil<Value>(
  { signal }: Deadline,
  start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => Unsubscribe,
  toError: (code: DeadlineCode) => Error,
): Promise<Value> {
  let stop: Unsubscribe | undefined
  try {
    return await new Promise<Value>((resolve, reject) => {
      const expire = (): void => {
        reject(toError(signal.reason as DeadlineCode)) // nobody else can abort this controller
      }
      if (signal.aborted) {
        expire()
        return
      }
      signal.addEventListener('abort', expire)
      stop = start(resolve, reject)
    })
  } finally {
    stop?.()
  }
}
