import type { RoomMessage, RoomPosition } from '@yektayar/protocol'
import { ROOM_KEPT_MESSAGES, ROOM_MAX_MESSAGES } from '../shared/limits.js'
import type { RoomEntry } from './clientRoom.js'

/** The part of a room's log that a client keeps: the newest messages, without a gap. */
export class RoomLog {
  #entries: RoomEntry[] = []
  #keep = ROOM_KEPT_MESSAGES
  #position: RoomPosition | undefined
  #hasOlder = false

  /** Appending changes this array in place; copy it to keep it. */
  get entries(): readonly RoomEntry[] {
    return this.#entries
  }

  /** The position of its last message; `undefined` before `begin()`. */
  get position(): RoomPosition | undefined {
    return this.#position
  }

  get hasOlder(): boolean {
    return this.#hasOlder
  }

  /** Starts again with the newest messages of a log. */
  begin(position: RoomPosition, entries: readonly RoomEntry[], hasOlder: boolean): void {
    const id = entries.at(-1)?.id
    this.#position = { ...position, ...(id && { id }) }
    this.#entries = [...entries]
    this.#hasOlder = hasOlder
    this.#keep = ROOM_KEPT_MESSAGES
  }

  /** Replaces entries, which keep their places. */
  map(change: (entry: RoomEntry) => RoomEntry): void {
    this.#entries = this.#entries.map(change)
  }

  /** Removes everything. */
  clear(): void {
    this.#position = undefined
    this.#entries = []
    this.#hasOlder = false
  }

  /** The place of a message: next, already known, later with a gap before it, or another log. */
  placeOf({ epoch, seq }: RoomMessage): 'next' | 'known' | 'later' | 'elsewhere' {
    const { position } = this
    if (position?.epoch !== epoch) return 'elsewhere'
    if (seq <= position.seq) return 'known'
    return seq === position.seq + 1 ? 'next' : 'later'
  }

  /** Adds the next message. */
  append({ epoch, seq, id }: RoomMessage, entry: RoomEntry): void {
    this.#position = { epoch, seq, id }
    if (this.#entries.push(entry) <= this.#keep) return
    this.#entries.shift()
    this.#hasOlder = true
  }

  /** Inserts a page at the front, if it ends directly before the first entry. */
  prepend(entries: readonly RoomEntry[], hasOlder: boolean): void {
    const lastSeq = entries.at(-1)?.seq
    const firstSeq = this.#entries[0]?.seq ?? (this.#position?.seq ?? 0) + 1
    if (typeof lastSeq === 'number' && lastSeq + 1 !== firstSeq) return
    this.#keep = Math.min(this.#keep + entries.length, ROOM_MAX_MESSAGES)
    const whole = [...entries, ...this.#entries]
    this.#entries = whole.slice(-this.#keep)
    this.#hasOlder = hasOlder || this.#entries.length < whole.length
  }
}
