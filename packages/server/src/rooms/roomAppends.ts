import type { Json, RoomMessage } from '@yektayar/protocol'
import { sql } from 'kysely'
import { prepareInsertion } from '../store/insertRows.js'
import type { Database } from '../store/openDatabase.js'
import { whenSettled } from '../whenSettled.js'
import type { MaybePromise } from '../whenSettled.js'

const insertMessages = prepareInsertion({
  table: 'room_messages',
  columns: ['room', 'seq', 'id', 'sender', 'data', 'at'],
})

const replaceRooms = prepareInsertion({
  table: 'rooms',
  columns: ['name', 'seq'],
  replace: { key: 'name', columns: ['seq'] },
})

/** A message without its place in the room. */
export interface NewMessage {
  readonly id: string
  readonly from: string
  readonly data: Json
}

/**
 * The messages that one transaction appends. Each gets its place at once, since the transaction
 * holds the room's row; all are written together at the end.
 */
export class RoomAppends {
  readonly #transaction: Database
  readonly #epoch: string
  /** When all of them were appended. */
  readonly #now: number
  readonly #at: string
  /** The newest message of each room that was opened. */
  readonly #seqs = new Map<string, number>()
  readonly #messages: RoomMessage[] = []

  constructor(transaction: Database, epoch: string, now: number) {
    this.#transaction = transaction
    this.#epoch = epoch
    this.#now = now
    this.#at = new Date(now).toISOString()
  }

  /** What was appended so far, each room's in order. */
  get messages(): readonly RoomMessage[] {
    return this.#messages
  }

  /** Gives a message the next place in its room. */
  append(room: string, { id, from, data }: NewMessage): MaybePromise<RoomMessage> {
    return whenSettled(this.#seqs.get(room) ?? this.#open(room), (last) => {
      const seq = last + 1
      this.#seqs.set(room, seq)
      const message = { room, epoch: this.#epoch, seq, id, from, data, at: this.#at }
      this.#messages.push(message)
      return message
    })
  }

  /** Writes everything down. */
  async flush(): Promise<void> {
    if (this.#messages.length === 0) return
    const rows = this.#messages.map(({ room, seq, id, from, data }) => {
      return [room, seq, id, from, JSON.stringify(data), this.#now]
    })
    await insertMessages(this.#transaction, rows)
    await replaceRooms(this.#transaction, [...this.#seqs])
  }

  /** Takes hold of a room's row, which begins to exist with its first message. */
  async #open(room: string): Promise<number> {
    const { seq } = await this.#transaction
      .insertInto('rooms')
      .values({ name: room, seq: 0 })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ seq: sql`rooms.seq` }))
      .returning('seq')
      .executeTakeFirstOrThrow()
    return seq
  }
}
