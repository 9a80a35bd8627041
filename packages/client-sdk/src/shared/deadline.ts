import { abortWith, createAbortController } from './abortController.js'
import type { Unsubscribe } from './emitter.js'
import { checkWait } from './invalidOption.js'
import { MAX_TIMER_MS } from './longTimer.js'

/** Why a wait ended from outside. */
export type DeadlineCode = 'timeout' | 'aborted' | 'connection_lost'

/** A timeout and an abort signal in one, which several waits in a row can share. */
export interface Deadline {
  /** Aborted after the timeout or by an abort; its reason is a {@link DeadlineCode}. */
  readonly signal: AbortSignal
  /** Ends the waits now. */
  abort(code: DeadlineCode): void
  /** Releases the timer and the caller's signal; call it in a `finally`. */
  end(): void
}

/**
 * Starts a deadline; without `timeoutMs` only `abort()` and the caller's signal end it.
 *
 * @throws {YektaYarError} `invalid_options` for a `timeoutMs` that is no number, or no signal
 */
export function startDeadline(timeoutMs?: number, callersSignal?: AbortSignal): Deadline {
  checkWait(timeoutMs, callersSignal)
  const controller = createAbortController()
  const abort = (code: DeadlineCode): void => {
    end()
    abortWith(controller, code)
  }
  const follow = (): void => {
    abort('aborted')
  }
  const end = (): void => {
    clearTimeout(timer)
    callersSignal?.removeEventListener('abort', follow)
  }
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(abort, Math.min(timeoutMs, MAX_TIMER_MS), 'timeout' satisfies DeadlineCode)
  callersSignal?.addEventListener('abort', follow)
  if (callersSignal?.aborted) follow()
  return { signal: controller.signal, abort, end }
}

/**
 * Waits until `start` resolves or rejects. At the deadline it rejects with the error of `toError`.
 * The function that `start` returns is called in every case.
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
        reject(toError(signal.reason as DeadlineCode)) // only startDeadline() aborts it
      }
      signal.addEventListener('abort', expire)
      if (signal.aborted) expire()
      else stop = start(resolve, reject)
    })
  } finally {
    stop?.()
  }
}

/** Resolves once a signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve)
  })
}
