import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import type { RoomStore } from '../store/store.js'

/**
 * How long joins are collected before they are written together, unless presence is written before:
 * one transaction is enough for both.
 */
const DELAY_MS = 500

/** How many rooms may wait. A room beyond that is recorded at its next join. */
const MAX_WAITING = 1_000

/** A join is recorded again after this part of the retention. */
const RESOLUTION = 1 / 30

/** What a keeper of rooms needs. */
export interface RoomKeeperDeps {
  store: RoomStore
  /** The time by which the store decides. */
  now(this: void): number
  limits: Limits
  log: FastifyBaseLogger
}

/** Records that rooms are in use although nobody writes to them. */
export interface RoomKeeper {
  /**
   * Records that a session has joined a room.
   *
   * @param usedAt when use of the room was last recorded
   */
  joined(this: void, room: string, sessionId: string, usedAt: number | undefined): void
  /** Writes now what is pending, in the transaction of other writes of this turn. */
  flush(this: void): void
  /** Writes what is still pending. */
  close(): Promise<void>
}

/**
 * Gives joined rooms a row in the store, and records that they are in use. A new room's numbers
 * start after those of all removed rooms. So without a row, a reader in an empty room would be
 * reset by its first message if other rooms were removed in between. A late or lost record does no
 * other harm.
 */
export function createRoomKeeper({ store, now, limits, log }: RoomKeeperDeps): RoomKeeper {
  /** The session that joined, by room. */
  const waiting = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const rooms = [...waiting].map(([room, sessionId]) => ({ room, sessionId }))
    waiting.clear()
    if (rooms.length === 0) return
    await store.noteUsed(rooms).catch((error: unknown) => {
      log.error({ err: error }, 'could not record that rooms were joined')
    })
  }

  return {
    joined(room, sessionId, usedAt) {
      const unnotedMs = now() - (usedAt ?? -Infinity)
      if (unnotedMs < limits.roomRetentionMs * RESOLUTION) return
      if (isClosed || waiting.has(room) || waiting.size >= MAX_WAITING) return
      waiting.set(room, sessionId)
      timer ??= setTimeout(() => void write(), DELAY_MS)
    },
    flush: () => void write(),
    async close() {
      isClosed = true
      await write()
    },
  }
}
