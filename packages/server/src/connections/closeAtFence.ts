import { setTimeout as pass } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { timerMs } from '../shared/timerMs.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { Transports } from '../socketio/transportEvents.js'
import { announceDraining, handedOver } from './announceDraining.js'
import { refuseWhile } from './refuseWhile.js'
import type { StoreFence } from './storeFence.js'

/** What `closeAtFence()` needs. */
export interface CloseAtFenceDeps {
  fence: StoreFence
  transports: Transports
  metrics: Metrics
  limits: Limits
  log: FastifyBaseLogger
}

/**
 * While the fence is up, refuses handshakes in a way after which clients try again. When it shuts, closes
 * all connections as a server does that is about to close: clients come back by themselves.
 */
export function closeAtFence(
  io: RealtimeServer,
  { fence, transports, metrics, limits, log }: CloseAtFenceDeps,
): void {
  refuseWhile(io, () => fence.refusal, { transports, metrics, limits })
  fence.onShut(() => {
    const conns = [...transports.open]
    log.warn(
      { connections: conns.length },
      'the database does not answer: closes all connections, so that clients try other servers',
    )
    announceDraining(io, limits, log)
    // A poll that is not open could only bring what was buffered for it before.
    const grace = pass(timerMs(limits.closeGraceMs), undefined, { ref: false })
    for (const conn of conns) {
      void Promise.race([grace, handedOver(conn)]).then(() => {
        conn.close(true)
      })
    }
  })
}
