import { fieldsOf } from '../shared/propertiesOf.js'
import { elapsedMs } from '../shared/trace.js'
import type { AttemptStep, Tracer } from '../shared/trace.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import { isOffline } from './networkEvents.js'

/** Traces one attempt to connect, from its begin to the end of its connection. */
export class AttemptTrace {
  /** What it does; `connected` once the server has admitted it. */
  step: AttemptStep | 'connected' = 'address'
  readonly #trace: Tracer | undefined
  readonly #attempt: number
  #since = performance.now()

  constructor(trace: Tracer | undefined, attempt: number) {
    this.#trace = trace
    this.#attempt = attempt
    trace?.({ type: 'attempt', attempt, isOffline: isOffline() })
  }

  connected(transport: string): void {
    this.#trace?.({ type: 'connected', transport, durationMs: elapsedMs(this.#since) })
    this.step = 'connected'
    this.#since = performance.now()
  }

  ended({ code, data, cause }: YektaYarError): void {
    const { step } = this
    const durationMs = elapsedMs(this.#since)
    if (step === 'connected') {
      const reason = (fieldsOf(data).reason as string | undefined) ?? null // from `toLoss()`
      this.#trace?.({ type: 'disconnected', code, reason, durationMs })
      return
    }
    const { description } = fieldsOf(cause) // a number where polling met another status than 200
    const httpStatus = typeof description === 'number' ? description : null
    const attempt = this.#attempt
    this.#trace?.({ type: 'attempt-failed', attempt, step, code, httpStatus, durationMs })
  }
}
