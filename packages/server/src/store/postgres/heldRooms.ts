import type { Append, Place } from '../delivery.js'
import { joinMessages } from '../joinMessages.js'
import type { StoreBounds } from '../storeBounds.js'

/** A row of a room, as it was locked: its name, its last number and its last use. */
export type HeldRoomRow = readonly [name: string, seq: number, usedAt: number]

interface HeldRoom {
  readonly startSeq: number
  /** Whether it was created for this transaction, and no session has been charged for it. */
  isUncharged: boolean
  readonly isNew: boolean
  /** The JSON of each message. */
  readonly appended: string[]
}

/** What a transaction writes to rooms. */
export interface RoomRows {
  readonly messages: { rooms: string[]; lastSeqs: number[]; json: string[] }
  readonly ends: { names: string[]; seqs: number[] }
  /** Rooms that were created for nothing. */
  readonly unused: string[]
}

/** The rooms that a transaction has locked, and the messages that it appends to them. */
export class HeldRooms {
  readonly #rooms: ReadonlyMap<string, HeldRoom>
  readonly #now: number
  readonly #bounds: StoreBounds

  /** @param now the time of all of its messages */
  constructor(rows: readonly HeldRoomRow[], now: number, bounds: StoreBounds) {
    this.#now = now
    this.#bounds = bounds
    this.#rooms = new Map(
      rows.map(([name, startSeq, usedAt]) => {
        const isNew = usedAt === 0
        return [name, { startSeq, isNew, isUncharged: isNew, appended: [] }]
      }),
    )
  }

  /**
   * Gives a message the next place in its room.
   *
   * @param sessionId the sending session; `undefined` for the server itself
   * @throws {CommandError} `rate_limited` for a session that stores too much, or begins too many rooms
   */
  append({ room: name, message }: Append, sessionId?: string): Place {
    const json = JSON.stringify(message)
    if (sessionId !== undefined) this.#bounds.takeBytes(sessionId, Buffer.byteLength(json))
    const room = this.#rooms.get(name)
    if (!room) throw new Error('A room was not locked')
    if (room.isUncharged && sessionId !== undefined) this.#bounds.takeRoom(sessionId)
    room.isUncharged = false
    return { seq: room.startSeq + room.appended.push(json), at: this.#now }
  }

  /** The names of the rooms with new messages. */
  changed(): string[] {
    return [...this.#rooms].flatMap(([name, { appended }]) => (appended.length > 0 ? name : []))
  }

  rows(): RoomRows {
    const messages: RoomRows['messages'] = { rooms: [], lastSeqs: [], json: [] }
    const ends: RoomRows['ends'] = { names: [], seqs: [] }
    const unused: string[] = []
    for (const [name, { startSeq, isNew, appended }] of this.#rooms) {
      if (appended.length === 0) {
        if (isNew) unused.push(name)
        continue
      }
      ends.names.push(name)
      ends.seqs.push(startSeq + appended.length)
      let lastSeq = startSeq
      for (const { json, count } of joinMessages(appended)) {
        lastSeq += count
        messages.rooms.push(name)
        messages.lastSeqs.push(lastSeq)
        messages.json.push(json)
      }
    }
    return { messages, ends, unused }
  }
}
