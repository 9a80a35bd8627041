import type { RoomMessage, RoomPosition } from '@yektayar/protocol'
import { ROOM_KEPT_MESSAGES, ROOM_MAX_MESSAGES } from '../shared/limits.js'
import { isEqual } from '../shared/readableState.js'
import type { RoomEntry } from './clientRoom.js'

/**
 * The part of a room's log that a client keeps: the newest messages, without a gap. Adding a message
 * copies nothing: its array only grows at the end, so that a part of it stays what it was.
 */
export class RoomLog {
  /** The position of its last message; `undefined` before `begin()`. */
  position: RoomPosition | undefined
  hasOlder = false
  #entries: RoomEntry[] = []
  /** How many entries at the front are not kept any more. */
  #from = 0
  #read: (() => readonly RoomEntry[]) | undefined
  #following: readonly RoomEntry[] = []
  #keep = ROOM_KEPT_MESSAGES

  /**
   * A function that returns the current entries, followed by others, as one array. Its first call makes
   * the array. It is the same function until something changes.
   */
  read(following: readonly RoomEntry[]): () => readonly RoomEntry[] {
    if (!isEqual(this.#following, following)) this.#read = undefined
    this.#following = following
    const [entries, from, to] = [this.#entries, this.#from, this.#entries.length]
    let array: readonly RoomEntry[] | undefined
    this.#read ??= () => (array ??= Object.freeze([...entries.slice(from, to), ...following]))
    return this.#read
  }

  /** Starts again with the newest messages of a log. */
  begin(position: RoomPosition, entries: RoomEntry[], hasOlder: boolean): void {
    const id = entries.at(-1)?.id
    this.position = { ...position, ...(id && { id }) }
    this.#replace(entries.slice(-ROOM_KEPT_MESSAGES))
    this.hasOlder = hasOlder || entries.length > ROOM_KEPT_MESSAGES
    this.#keep = ROOM_KEPT_MESSAGES
  }

  /** Replaces entries, which keep their places. */
  map(change: (entry: RoomEntry) => RoomEntry): void {
    const before = this.#kept()
    const after = before.map(change)
    if (!isEqual(before, after)) this.#replace(after)
  }

  /** Removes everything. */
  clear(): void {
    this.position = undefined
    this.#replace([])
    this.hasOlder = false
  }

  /** The place of a message: next, already known, later with a gap before it, or another log. */
  placeOf({ epoch, seq }: RoomPosition): 'next' | 'known' | 'later' | 'elsewhere' {
    const { position } = this
    if (position?.epoch !== epoch) return 'elsewhere'
    if (seq <= position.seq) return 'known'
    return seq === position.seq + 1 ? 'next' : 'later'
  }

  /** Adds the next message. */
  append({ epoch, seq, id }: RoomMessage, entry: RoomEntry): void {
    this.position = { epoch, seq, id }
    this.#read = undefined
    if (this.#entries.push(entry) - this.#from <= this.#keep) return
    this.hasOlder = true
    // The array is copied once in so many messages.
    if (++this.#from > this.#keep) this.#replace(this.#kept())
  }

  /** Inserts a page at the front, if it ends directly before the first entry. */
  prepend(entries: readonly RoomEntry[], hasOlder: boolean): void {
    const kept = this.#kept()
    const lastSeq = entries.at(-1)?.seq
    const firstSeq = kept[0]?.seq ?? (this.position?.seq ?? 0) + 1
    if (lastSeq && lastSeq + 1 !== firstSeq) return
    this.#keep = Math.min(this.#keep + entries.length, ROOM_MAX_MESSAGES)
    const whole = [...entries, ...kept]
    this.#replace(whole.slice(-this.#keep))
    this.hasOlder = hasOlder || this.#entries.length < whole.length
  }

  #kept(): RoomEntry[] {
    return this.#entries.slice(this.#from)
  }

  #replace(entries: RoomEntry[]): void {
    this.#entries = entries
    this.#from = 0
    this.#read = undefined
  }
}
