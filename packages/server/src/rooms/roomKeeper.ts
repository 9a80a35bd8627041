import type { FastifyBaseLogger } from 'fastify'
import { sql } from 'kysely'
import type { Limits } from '../shared/limits.js'
import { compileOnce } from '../store/sqlite/compileOnce.js'
import type { Database } from '../store/sqlite/openDatabase.js'

/** How long joined rooms wait for each other, so that they are written together. */
const DELAY_MS = 250

/** Rooms that wait; a room beyond them is noted when somebody joins it again. */
const MAX_WAITING = 1_000

/** How much of the retention may pass before another join is written down. */
const RESOLUTION = 1 / 30

/** What a keeper of rooms needs. */
export interface RoomKeeperOptions {
  database: Database
  /** Whether a session may give one more room a row. */
  mayKeep(this: void, sessionId: string): boolean
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

const runSelectUsedAt = compileOnce<{ name: string }, { used_at: number }>((database, value) =>
  database.selectFrom('rooms').select('used_at').where('name', '=', value('name')),
)

/**
 * Gives joined rooms a row, and notes that they are in use. Without it a reader in an empty room would
 * be reset by its first message whenever other rooms were removed in between, since rooms begin
 * beyond the numbers of all removed ones. So a note that is late or lost does no more harm than that.
 */
export function createRoomKeeper({
  database,
  mayKeep,
  limits,
  log,
}: RoomKeeperOptions): RoomKeeper {
  const waiting = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function write(): Promise<void> {
    timer = undefined
    const rooms = [...waiting]
    waiting.clear()
    if (rooms.length === 0) return
    await insertJoined(database, rooms, Date.now()).catch((error: unknown) => {
      log.error({ err: error }, 'could not record that rooms were joined')
    })
  }

  return {
    async joined(room, sessionId) {
      const [known] = await runSelectUsedAt(database, { name: room })
      const unnotedMs = Date.now() - (known?.used_at ?? -Infinity)
      if (unnotedMs < limits.roomRetentionMs * RESOLUTION) return
      if (isClosed || waiting.has(room) || waiting.size >= MAX_WAITING) return
      if (!known && !mayKeep(sessionId)) return
      waiting.add(room)
      timer ??= setTimeout(() => void write(), DELAY_MS)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await write()
    },
  }
}

async function insertJoined(
  database: Database,
  rooms: readonly string[],
  now: number,
): Promise<void> {
  await sql`
    insert into rooms (name, seq, used_at, oldest_at)
    select value, removed_seq, ${now}, ${now} from store, json_each(${JSON.stringify(rooms)})
    where true
    on conflict (name) do update set used_at = excluded.used_at`.execute(database)
}
