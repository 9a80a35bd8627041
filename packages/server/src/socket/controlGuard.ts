import type { LimitName, Limits } from '../limits.js'
import { TokenBucket } from '../rateLimit.js'
import type { Connection, RealtimeServer } from './connection.js'
import { cutConnection } from './cutConnection.js'
import { onWebSocket } from './transport.js'

/** What the guard needs. */
export interface ControlGuardOptions {
  limits: Limits
  /** Told because of which limit a connection is about to be cut. */
  onRefused(this: void, limit: LimitName): void
}

/**
 * Counts what a peer sends and the decoder never sees: Engine.IO's own packets, and the control
 * frames of WebSocket. Each costs little, but one polling body holds tens of thousands.
 */
export function guardControl(io: RealtimeServer, { limits, onRefused }: ControlGuardOptions): void {
  const rate = { burst: limits.packetBurst, perSecond: limits.packetsPerSecond }
  io.engine.on('connection', (conn: Connection['conn']) => {
    const bucket = new TokenBucket(rate)
    const count = (): void => {
      if (conn.readyState === 'closed' || bucket.take() === 0) return
      onRefused('packetsPerSecond')
      cutConnection(conn)
    }
    conn.on('packet', ({ type }: { type: string }) => {
      if (type !== 'message') count()
    })
    conn.on('upgrading', count) // an upgrade may be tried out any number of times
    onWebSocket(conn, (websocket) => {
      websocket.on('ping', count)
      websocket.on('pong', count)
    })
  })
}
