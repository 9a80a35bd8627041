import { isHandshake, refuseHandshake } from '../guards/refuseHandshake.js'
import type { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { Transports } from '../socketio/transportEvents.js'

/** What `refuseWhile()` needs. */
export interface RefuseWhileDeps {
  transports: Transports
  metrics: Metrics
  limits: Limits
}

/**
 * Refuses handshakes while there is a reason, in a way after which clients try again: here or at
 * another server.
 */
export function refuseWhile(
  io: RealtimeServer,
  reasonNow: () => CommandError | undefined,
  { transports, metrics, limits }: RefuseWhileDeps,
): void {
  transports.watch({
    requested(request, response) {
      const reason = reasonNow()
      if (!reason || !isHandshake(io, request)) return false
      metrics.connectionRefused(reason.code)
      refuseHandshake(request, response, reason, limits)
      return true
    },
  })
}
