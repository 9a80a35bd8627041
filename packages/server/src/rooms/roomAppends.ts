import type { Json, RoomMessage } from '@yektayar/protocol'
import { sql } from 'kysely'
import type { Database } from '../store/openDatabase.js'

/** Rows of one statement; each takes six of the values that a statement may have. */
const MAX_ROWS = 500

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
  /** The newest message of each room that was opened. */
  readonly #seqs = new Map<string, number>()
  readonly #messages: RoomMessage[] = []

  constructor(transaction: Database, epoch: string) {
    this.#transaction = transaction
    this.#epoch = epoch
  }

  /** What was appended so far, each room's in order. */
  get messages(): readonly RoomMessage[] {
    return this.#messages
  }

  /** Gives a message the next place in its room. */
  async append(room: string, { id, from, data }: NewMessage): Promise<RoomMessage> {
    const seq = (this.#seqs.get(room) ?? (await this.#open(room))) + 1
    this.#seqs.set(room, seq)
    const at = new Date().toISOString()
    const message = { room, epoch: this.#epoch, seq, id, from, data, at }
    this.#messages.push(message)
    return message
  }

  /** Writes everything down. */
  async flush(): Promise<void> {
    if (this.#messages.length === 0) return
    for (let start = 0; start < this.#messages.length; start += MAX_ROWS) {
      await this.#transaction
        .insertInto('room_messages')
        .values(this.#messages.slice(start, start + MAX_ROWS).map(toRow))
        .execute()
    }
    const heads = [...this.#seqs].map(([name, seq]) => ({ name, seq }))
    await this.#transaction
      .insertInto('rooms')
      .values(heads)
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({ seq: (row) => row.ref('excluded.seq') }),
      )
      .execute()
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

function toRow({ room, seq, id, from, data, at }: RoomMessage) {
  return { room, seq, id, sender: from, data: JSON.stringify(data), at: Date.parse(at) }
}
