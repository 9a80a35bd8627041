import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { perHour, rateLimited, takeOrRefuse } from '../shared/rateLimit.js'
import type { StoreSize } from './storeSize.js'

/** The limits on how much is stored. */
export interface StoreBounds {
  /**
   * Counts a new room of a session.
   *
   * @throws {CommandError} `rate_limited`
   */
  takeRoom(this: void, sessionId: string): void
  /** The same for a room that is only joined. Returns whether it may get a row. */
  mayKeepRoom(this: void, sessionId: string): boolean
  /**
   * Counts a stored message of a session.
   *
   * @throws {CommandError} `rate_limited`
   */
  takeBytes(this: void, sessionId: string, bytes: number): void
  /** Give back what was counted and then not stored. */
  giveBackRoom(this: void, sessionId: string): void
  giveBackBytes(this: void, sessionId: string, bytes: number): void
  /** @throws {CommandError} `store_full` */
  requireSpace(this: void): void
}

/**
 * Creates the bounds of a node. Each node counts in its own memory what sessions store. A client
 * that moves between nodes may store as much on each of them; the limit of the store applies to all.
 */
export function createStoreBounds(
  storeSize: Pick<StoreSize, 'isFull'>,
  limits: Limits,
  metrics: Metrics,
): StoreBounds {
  const rooms = perHour('newRoomsPerSessionPerHour', limits, metrics)
  const bytes = perHour('storedBytesPerSessionPerHour', limits, metrics)
  return {
    takeRoom(sessionId) {
      takeOrRefuse(rooms, sessionId, 'new rooms of this session')
    },
    mayKeepRoom: (sessionId) => !storeSize.isFull && rooms.take(sessionId) === 0,
    takeBytes(sessionId, count) {
      const retryAfterMs = bytes.take(sessionId, count)
      if (retryAfterMs > 0) throw rateLimited('bytes of this session', retryAfterMs)
    },
    giveBackRoom(sessionId) {
      rooms.giveBack(sessionId)
    },
    giveBackBytes(sessionId, count) {
      bytes.giveBack(sessionId, count)
    },
    requireSpace() {
      if (!storeSize.isFull) return
      metrics.refused('maxStoreBytes')
      throw new CommandError('store_full', 'The server has no space left to store this', {
        hint: 'Try again later',
      })
    },
  }
}
