import { CommandError } from '../shared/commandError.js'
import type { LimitName, Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { perHour, rateLimited, takeOrRefuse } from '../shared/rateLimit.js'
import type { RateLimit } from '../shared/rateLimit.js'
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

/** Where what is counted is added up over all processes; absent where each counts for itself. */
export interface UsageReports {
  /** @param amount negative for what is given back. @param limit the own count, which may be lowered */
  note(name: LimitName, sessionId: string, amount: number, limit: RateLimit): void
}

/**
 * Creates the bounds of a process, which counts in its own memory what sessions store. On an SQLite
 * file, a client that moves between processes may store as much by each of them.
 */
export function createStoreBounds(
  storeSize: Pick<StoreSize, 'isFull'>,
  limits: Limits,
  metrics: Metrics,
  reports?: UsageReports,
): StoreBounds {
  const rooms = perHour('newRoomsPerSessionPerHour', limits, metrics)
  const bytes = perHour('storedBytesPerSessionPerHour', limits, metrics)
  const noteRooms = (sessionId: string, count: number): void => {
    reports?.note('newRoomsPerSessionPerHour', sessionId, count, rooms)
  }
  const noteBytes = (sessionId: string, count: number): void => {
    reports?.note('storedBytesPerSessionPerHour', sessionId, count, bytes)
  }
  return {
    takeRoom(sessionId) {
      takeOrRefuse(rooms, sessionId, 'new rooms of this session')
      noteRooms(sessionId, 1)
    },
    mayKeepRoom(sessionId) {
      if (storeSize.isFull || rooms.take(sessionId) > 0) return false
      noteRooms(sessionId, 1)
      return true
    },
    takeBytes(sessionId, count) {
      const retryAfterMs = bytes.take(sessionId, count)
      if (retryAfterMs > 0) throw rateLimited('bytes of this session', retryAfterMs, bytes.limit)
      noteBytes(sessionId, count)
    },
    giveBackRoom(sessionId) {
      rooms.giveBack(sessionId)
      noteRooms(sessionId, -1)
    },
    giveBackBytes(sessionId, count) {
      bytes.giveBack(sessionId, count)
      noteBytes(sessionId, -count)
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
