import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { perHour, rateLimited, takeOrRefuse } from '../shared/rateLimit.js'
import type { StoreSize } from './storeSize.js'

/** What bounds how much is stored. */
export interface StoreBounds {
  /**
   * A session begins a room.
   *
   * @throws {CommandError} `rate_limited`
   */
  takeRoom(this: void, sessionId: string): void
  /** The same for a room that is only joined: says whether it may have a row. */
  mayKeepRoom(this: void, sessionId: string): boolean
  /**
   * A session stores a message.
   *
   * @throws {CommandError} `rate_limited`
   */
  takeBytes(this: void, sessionId: string, bytes: number): void
  /** @throws {CommandError} `store_full` */
  requireSpace(this: void): void
}

/**
 * Creates the bounds of a node. What sessions store is counted in the memory of each node: somebody who
 * moves between nodes may store as much at each of them, and the bound of the store holds for all.
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
    requireSpace() {
      if (!storeSize.isFull) return
      metrics.refused('maxStoreBytes')
      throw new CommandError('store_full', 'The server has no room to store this', {
        hint: 'Try again later',
      })
    },
  }
}
