import type { RoomMessage, RoomPosition } from '@yektayar/protocol'
import { ROOM_KEPT_MESSAGES, ROOM_MAX_MESSAGES } from '../shared/limits.js'
import type { RoomEntry } from './clientRoom.js'

/** What a client has of a room's log: its newest messages, without a hole. */
export class RoomLog {
  #entries: RoomEntry[] = []
  #keep = ROOM_KEPT_MESSAGES
  #position: RoomPosition | undefined
  #hasOlder = false

  /** The same array as long as only messages are appended; copy it to keep it. */
  get entries(): readonly RoomEntry[] {
    return this.#entries
  }

  /** Up to where it goes; `undefined` before it has begun. */
  get position(): RoomPosition | undefined {
    return this.#position
  }

  get hasOlder(): boolean {
    return this.#hasOlder
  }

  /** Begins anew with the newest messages of a log. */
  begin(position: RoomPosition, entries: readonly RoomEntry[], hasOlder: boolean): void {
    const id = entries.at(-1)?.id
    this.#position = { ...position, ...(id && { id }) }
    this.#entries = [...entries]
    this.#hasOlder = hasOlder
    this.#keep = ROOM_KEPT_MESSAGES
  }

  /** Changes entries, which stay where they are. */
  map(change: (entry: RoomEntry) => RoomEntry): void {
    this.#entries = this.#entries.map(change)
  }

  /** Forgets everything. */
  clear(): void {
    this.#position = undefined
    this.#entries = []
    this.#hasOlder = false
  }

  /** Where a message belongs: it is the next one, is here already, or others are missing before it. */
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

  /** Puts a page before what is here, if it belongs there. */
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
