import type { LimitName, Limits } from '../shared/limits.js'
import { TokenBucket } from '../shared/rateLimit.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { cutConnection } from '../socketio/resetConnection.js'
import { Slot } from '../socketio/slot.js'

type Conn = Connection['conn']

/** What the guard needs. */
export interface ControlGuardDeps {
  limits: Limits
  /** Called with the limit for which a connection is about to be cut. */
  onRefused(this: void, limit: LimitName): void
}

/**
 * Limits packets that never reach the Socket.IO decoder: Engine.IO's own packets and WebSocket
 * control frames. Each costs little, but one polling body can contain tens of thousands.
 *
 * @returns the function that counts a control frame
 */
export function guardControl(
  io: RealtimeServer,
  { limits, onRefused }: ControlGuardDeps,
): (conn: Conn) => void {
  const rate = { burst: limits.packetBurst, perSecond: limits.packetsPerSecond }
  const buckets = new Slot<TokenBucket>()

  function count(conn: Conn): void {
    const bucket = buckets.get(conn) ?? new TokenBucket(rate)
    buckets.set(conn, bucket)
    if (conn.readyState === 'closed' || bucket.take() === 0) return
    onRefused('packetsPerSecond')
    cutConnection(conn)
  }
  function onPacket(this: Conn, { type }: { type: string }): void {
    if (type !== 'message') count(this)
  }
  function onUpgrading(this: Conn): void {
    count(this)
  }
  io.engine.on('connection', (conn: Conn) => {
    conn.on('packet', onPacket)
    // A peer may start an upgrade any number of times.
    if (conn.transport.name !== 'websocket') conn.on('upgrading', onUpgrading)
  })
  return count
}
