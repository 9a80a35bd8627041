import { CommandError } from './commandError.js'
import type { Limits } from './limits.js'
import { timerMs } from './timerMs.js'

/** Whether the server is about to close, and whether commands are in flight. */
export interface Draining {
  readonly isDraining: boolean
  /** Whether new clients are welcome. */
  readonly isReady: boolean
  /** Makes new clients unwelcome, for good, while all else goes on. */
  withdraw(): void
  /** The window in which the clients come back to another server; 0 before `begin()`. */
  readonly windowMs: number
  /** The server is about to close, for good. */
  begin(windowMs: number): void
  /** Counts a command as in flight until `leave()`. */
  enter(): void
  leave(): void
  /** Resolves when no command is in flight any more, or after the timeout. */
  whenIdle(timeoutMs: number): Promise<void>
}

/** Creates the state of a server that is not draining. */
export function createDraining(): Draining {
  let isDraining = false
  let isReady = true
  let inFlight = 0
  let windowMs = 0
  let onIdle: (() => void) | undefined

  return {
    get isDraining() {
      return isDraining
    },
    get isReady() {
      return isReady
    },
    withdraw() {
      isReady = false
    },
    get windowMs() {
      return windowMs
    },
    begin(ms) {
      isReady = false
      isDraining = true
      windowMs = ms
    },
    enter() {
      inFlight++
    },
    leave() {
      inFlight--
      if (inFlight === 0) onIdle?.()
    },
    whenIdle: (timeoutMs) =>
      new Promise((resolve) => {
        if (inFlight === 0) {
          resolve()
          return
        }
        const timer = setTimeout(resolve, timerMs(timeoutMs))
        onIdle = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}

/** The refusal of new work while the server is about to close. */
export function serverDraining({ drainRetryAfterMs }: Limits): CommandError {
  return new CommandError('server_draining', 'The server is about to close', {
    hint: 'Try again: nothing was done',
    data: { retryAfterMs: drainRetryAfterMs },
  })
}
