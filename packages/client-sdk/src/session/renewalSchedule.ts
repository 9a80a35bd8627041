import type { Unsubscribe } from '../shared/emitter.js'
import { startLongTimer } from '../shared/longTimer.js'
import type { ResolvedOptions } from '../shared/options.js'
import type { Tracer } from '../shared/trace.js'
import type { StoredSession } from './storedSession.js'

/** Least time between two renewals, whatever the ends of sessions say. */
const MIN_DELAY_MS = 5_000

/** When to try again after a renewal failed. */
const RETRY_DELAY_MS = 60_000

/** A clock that was wrong by less than this before is not worth another alarm. */
const CLOCK_TOLERANCE_MS = 60_000

type RenewalOptions = Pick<ResolvedOptions, 'renewLeewayMs' | 'trace'>

/** Rings when a session has to be renewed. All planning is by the server's clock. */
export class RenewalSchedule {
  readonly #leewayMs: number
  readonly #trace: Tracer | undefined
  readonly #ring: () => void
  /** The server's clock minus this one; unknown before the server first told its time. */
  #offsetMs: number | undefined
  /** What the alarm was set by. */
  #planned: { renewAt: number; offsetMs: number } | undefined
  #callOff: Unsubscribe | undefined

  constructor({ renewLeewayMs, trace }: RenewalOptions, ring: () => void) {
    this.#leewayMs = renewLeewayMs
    this.#trace = trace
    this.#ring = ring
  }

  /** The server told its time, in milliseconds since 1970. */
  synchronize(serverTime: number): void {
    if (Number.isFinite(serverTime)) this.#offsetMs = serverTime - Date.now()
  }

  /** Plans the renewal of a session, and returns it with the time of that. */
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

  /** The last renewal failed: plans another try. */
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

  /** Spread a little, so that clients that began together do not renew together. */
  #momentFor(expiresAt: number, now: number): number {
    const leewayMs = Math.min(this.#leewayMs, (expiresAt - now) / 2)
    return Math.round(expiresAt - leewayMs * (1 - 0.1 * Math.random()))
  }
}
