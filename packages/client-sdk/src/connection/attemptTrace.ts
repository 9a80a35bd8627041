import { now } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { elapsedMs } from '../shared/trace.js'
import type { AttemptStep, Tracer } from '../shared/trace.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/** Traces one attempt to connect, until its connection ends. */
export class AttemptTrace {
  /** The current step; `connected` once the server has admitted the connection. */
  step: AttemptStep | 'connected' = 'address'
  readonly #trace: Tracer | undefined
  readonly #attempt: number
  #since = now()

  constructor(trace: Tracer | undefined, attempt: number, isOffline: boolean) {
    this.#trace = trace
    this.#attempt = attempt
    trace?.({ type: 'attempt', attempt, isOffline })
  }

  connected(transport: string): void {
    this.#trace?.({ type: 'connected', transport, durationMs: elapsedMs(this.#since) })
    this.step = 'connected'
    this.#since = now()
  }

  ended({ code, data, cause }: YektaYarError): void {
    const { step } = this
    const durationMs = elapsedMs(this.#since)
    if (step === 'connected') {
      const reason = (propertiesOf(data).reason as string | undefined) ?? null // from `toLoss()`
      this.#trace?.({ type: 'disconnected', code, reason, durationMs })
      return
    }
    const { description } = propertiesOf(cause) // polling's HTTP status, if not 200
    const status = typeof description === 'number' ? description : null
    const attempt = this.#attempt
    this.#trace?.({ type: 'attempt-failed', attempt, step, status, code, durationMs })
  }
}
