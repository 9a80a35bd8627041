import { sql } from 'kysely'
import { whenSettled } from '../../shared/maybePromise.js'
import type { MaybePromise } from '../../shared/maybePromise.js'
import { compileOnce } from './compileOnce.js'
import { prepareInsertion } from './insertRows.js'
import type { CommitNews } from './commitNews.js'
import type { Database } from './openDatabase.js'
import type { Append, Place } from '../delivery.js'
import { joinMessages } from '../joinMessages.js'
import type { StoreBounds } from '../storeBounds.js'

const insertMessages = prepareInsertion({
  table: 'room_messages',
  columns: ['room', 'last_seq', 'messages', 'at'],
})

const replaceRooms = prepareInsertion({
  table: 'rooms',
  columns: ['name', 'seq', 'used_at', 'oldest_at'],
  replace: { key: 'name', columns: ['seq', 'used_at'] },
})

interface HeldRoom {
  readonly seq: number
  /** 0 for a room that was just created. */
  readonly used_at: number
}

/**
 * Locks or creates a room's row. The numbers of a new room start after those of all removed rooms:
 * it may be one of them, and readers must not mistake its new messages for old ones.
 */
const runHoldRoom = compileOnce<{ name: string; now: number }, HeldRoom>((database, value) =>
  database
    .insertInto('rooms')
    .values((row) => ({
      name: value('name'),
      seq: row.selectFrom('store').select('removed_seq'),
      used_at: sql.lit(0),
      oldest_at: value('now'),
    }))
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ seq: sql`rooms.seq` }))
    .returning(['seq', 'used_at']),
)

/** Removes a room that was just created and has no messages. */
const runDropRoom = compileOnce<{ name: string }, unknown>((database, value) =>
  database.deleteFrom('rooms').where('name', '=', value('name')),
)

/** A room to which messages are appended. */
interface OpenRoom {
  /** The last sequence number before this transaction. */
  readonly startSeq: number
  /** The JSON of each message. */
  readonly appended: string[]
}

/**
 * The messages that one transaction appends. Each gets its place immediately, since the transaction
 * has locked the room; all are written together at the end.
 */
export class RoomAppends {
  readonly #transaction: Database
  readonly #bounds: StoreBounds
  readonly #news: CommitNews
  /** The time of all of these messages. */
  readonly #now: number
  readonly #rooms = new Map<string, OpenRoom>()

  constructor(transaction: Database, now: number, bounds: StoreBounds, news: CommitNews) {
    this.#news = news
    this.#transaction = transaction
    this.#bounds = bounds
    this.#now = now
  }

  /**
   * Gives a message the next place in its room.
   *
   * @param sessionId the sending session; `undefined` for the server itself
   * @throws {CommandError} `rate_limited` for a session that stores too much, or begins too many rooms
   */
  append({ room, message }: Append, sessionId?: string): MaybePromise<Place> {
    const json = JSON.stringify(message)
    if (sessionId !== undefined) this.#bounds.takeBytes(sessionId, Buffer.byteLength(json))
    const open = this.#rooms.get(room) ?? this.#open(room, sessionId)
    return whenSettled(open, ({ startSeq, appended }) => ({
      seq: startSeq + appended.push(json),
      at: this.#now,
    }))
  }

  /** Writes everything that is pending. */
  async flush(): Promise<void> {
    const rooms = [...this.#rooms].filter(([, { appended }]) => appended.length > 0)
    if (rooms.length === 0) return
    const rows: unknown[][] = []
    for (const [room, { startSeq, appended }] of rooms) {
      this.#news.room(room)
      let lastSeq = startSeq
      for (const { json, count } of joinMessages(appended)) {
        lastSeq += count
        rows.push([room, lastSeq, json, this.#now])
      }
    }
    await insertMessages(this.#transaction, rows)
    const ends = rooms.map(([room, { startSeq, appended }]) => [
      room,
      startSeq + appended.length,
      this.#now,
      this.#now, // for `oldest_at`, which an existing row keeps
    ])
    await replaceRooms(this.#transaction, ends)
  }

  async #open(name: string, sessionId: string | undefined): Promise<OpenRoom> {
    const [held] = await runHoldRoom(this.#transaction, { name, now: this.#now })
    if (held?.used_at === 0 && sessionId !== undefined) await this.#take(name, sessionId)
    const room = { startSeq: held?.seq ?? 0, appended: [] }
    this.#rooms.set(name, room)
    return room
  }

  /** Counts a new room, and removes it again if the session has created too many. */
  async #take(name: string, sessionId: string): Promise<void> {
    try {
      this.#bounds.takeRoom(sessionId)
    } catch (error) {
      await runDropRoom(this.#transaction, { name })
      throw error
    }
  }
}
