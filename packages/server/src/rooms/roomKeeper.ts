import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { RoomStore } from '../store/store.js'

/** How long joined rooms wait for each other, so that they are written together. */
const DELAY_MS = 250

/** Rooms that wait; a room beyond them is noted when somebody joins it again. */
const MAX_WAITING = 1_000

/** How much of the retention may pass before another join is written down. */
const RESOLUTION = 1 / 30

/** What a keeper of rooms needs. */
export interface RoomKeeperOptions {
  store: RoomStore
  /** The time by which the store decides. */
  now(this: void): number
  limits: Limits
  log: FastifyBaseLogger
}

/** Keeps the place of rooms that are read and not written to. */
export interface RoomKeeper {
  /** Somebody has joined a room. */
  joined(this: void, room: string, sessionId: string): Promise<void>
  /** Writes down what waits. */
  close(): Promise<void>
}

/**
 * Gives joined rooms a row, and notes that they are in use. Without it a reader in an empty room would
 * be reset by its first message whenever other rooms were removed in between, since rooms begin
 * beyond the numbers of all removed ones. So a note that is late or lost does no more harm than that.
 */
export function createRoomKeeper({ store, now, limits, log }: RoomKeeperOptions): RoomKeeper {
  /** Who joined, by the room. */
  const waiting = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function write(): Promise<void> {
    timer = undefined
    const rooms = [...waiting].map(([room, sessionId]) => ({ room, sessionId }))
    waiting.clear()
    if (rooms.length === 0) return
    await store.noteUsed(rooms).catch((error: unknown) => {
      log.error({ err: error }, 'could not record that rooms were joined')
    })
  }

  return {
    async joined(room, sessionId) {
      const usedAt = await store.usedAt(room)
      const unnotedMs = now() - (usedAt ?? -Infinity)
      if (unnotedMs < limits.roomRetentionMs * RESOLUTION) return
      if (isClosed || waiting.has(room) || waiting.size >= MAX_WAITING) return
      waiting.set(room, sessionId)
      timer ??= setTimeout(() => void write(), DELAY_MS)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await write()
    },
  }
}
