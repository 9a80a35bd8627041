import type { Unsubscribe } from '../shared/emitter.js'
import { startLongTimer } from '../shared/longTimer.js'
import type { ResolvedOptions } from '../shared/options.js'
import type { Tracer } from '../shared/trace.js'
import type { StoredSession } from './storedSession.js'

/** The minimum time between two renewals, even if sessions expire sooner. */
const MIN_DELAY_MS = 5_000

/** The pause after a failed renewal. */
const RETRY_DELAY_MS = 60_000

/** A correction of the clock by less than this does not change the timer. */
const CLOCK_TOLERANCE_MS = 60_000

type RenewalOptions = Pick<ResolvedOptions, 'renewLeewayMs' | 'trace'>

/** Calls back when a session has to be renewed. All times are by the server's clock. */
export class RenewalSchedule {
  readonly #leewayMs: number
  readonly #trace: Tracer | undefined
  readonly #ring: () => void
  /** The server's clock minus this one; `undefined` until the server's time is known. */
  #offsetMs: number | undefined
  /** The values for which the timer was set. */
  #planned: { renewAt: number; offsetMs: number } | undefined
  #callOff: Unsubscribe | undefined

  constructor({ renewLeewayMs, trace }: RenewalOptions, ring: () => void) {
    this.#leewayMs = renewLeewayMs
    this.#trace = trace
    this.#ring = ring
  }

  /** Takes the server's time, in milliseconds since 1970. */
  synchronize(serverTime: number): void {
    if (Number.isFinite(serverTime)) this.#offsetMs = serverTime - Date.now()
  }

  /** Schedules the renewal of a session. Returns the session with the time of its renewal. */
  plan(session: StoredSession): StoredSession {
    const offsetMs = this.#offsetMs
    if (offsetMs === undefined) return session
    const now = Date.now() + offsetMs
    const { renewAt = this.#momentFor(Date.parse(session.expiresAt), now) } = session
    const { renewAt: last, offsetMs: lastOffsetMs = 0 } = this.#planned ?? {}
    if (renewAt !== last || Math.abs(offsetMs - lastOffsetMs) > CLOCK_TOLERANCE_MS) {
      this.#start(Math.max(renewAt - now, MIN_DELAY_MS))
      this.#planned = { renewAt, offsetMs }
    }
    return { ...session, renewAt }
  }

  /** Schedules another try after a failed renewal. */
  retry(): void {
    this.#start(RETRY_DELAY_MS)
  }

  cancel(): void {
    this.#callOff?.()
    this.#planned = undefined
  }

  #start(delayMs: number): void {
    this.#callOff?.()
    this.#trace?.({ type: 'renewal', delayMs })
    this.#callOff = startLongTimer(Date.now() + delayMs, this.#ring)
  }

  /** The time of a renewal, with jitter for clients that started at the same time. */
  #momentFor(expiresAt: number, now: number): number {
    const leewayMs = Math.min(this.#leewayMs, (expiresAt - now) / 2)
    return Math.round(expiresAt - leewayMs * (1 - 0.1 * Math.random()))
  }
}
