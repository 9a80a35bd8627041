import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { Slot } from '../socketio/slot.js'
import type { TransportWatcher } from '../socketio/transportEvents.js'

/** Node's timers may fire this much early by a finer clock. */
const TIMER_TOLERANCE_MS = 1

/** What `countEngineRefusals()` needs. */
export interface EngineRefusalsDeps {
  watch: (watcher: TransportWatcher) => void
  limits: Limits
  metrics: Metrics
}

/** Counts refusals by limits that Engine.IO and Socket.IO enforce themselves without an event. */
export function countEngineRefusals({ watch, limits, metrics }: EngineRefusalsDeps): void {
  /** The deadlines of connections that are not admitted yet. */
  const deadlines = new Slot<number>()
  watch({
    requested(request, response) {
      if (request.method === 'POST') {
        response.once('finish', () => {
          if (response.statusCode === 413) metrics.refused('maxPayloadBytes')
        })
      }
      return false
    },
    opened(conn) {
      deadlines.set(conn, performance.now() + limits.admissionTimeoutMs - TIMER_TOLERANCE_MS)
    },
    admitted(conn) {
      deadlines.set(conn, undefined)
    },
    closed(conn, reason) {
      const deadline = deadlines.get(conn) ?? Infinity
      if (reason === 'forced close' && performance.now() >= deadline) {
        metrics.refused('admissionTimeoutMs')
      }
    },
  })
}
