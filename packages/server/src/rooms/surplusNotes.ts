import type { RoomMessage } from '@yektayar/protocol'

/** Rooms that are noted by name; with more of them, a sweep looks at all rooms. */
const MAX_NOTED = 10_000

/** The rooms that may keep more messages than they should. */
export interface Surplus {
  /** Whether every room may, so that the names say nothing. */
  readonly isAnywhere: boolean
  readonly rooms: ReadonlySet<string>
}

/** Notes which rooms grew, so that a sweep need not look at each room. */
export class SurplusNotes {
  readonly #maxMessages: number
  #rooms = new Set<string>()
  /** At the start, and where too many were noted. */
  #isAnywhere = true

  /** @param maxMessages how many messages a room keeps */
  constructor(maxMessages: number) {
    this.#maxMessages = maxMessages
  }

  /** Messages were committed. */
  note(messages: readonly RoomMessage[]): void {
    for (const { room, seq } of messages) if (seq > this.#maxMessages) this.#rooms.add(room)
    if (this.#rooms.size <= MAX_NOTED) return
    this.#rooms.clear()
    this.#isAnywhere = true
  }

  /** What was noted since the last time. */
  take(): Surplus {
    const surplus = { isAnywhere: this.#isAnywhere, rooms: this.#rooms }
    this.#isAnywhere = false
    this.#rooms = new Set()
    return surplus
  }

  /** A sweep did not get to it. */
  putBack({ isAnywhere, rooms }: Surplus): void {
    this.#isAnywhere ||= isAnywhere
    for (const room of rooms) this.#rooms.add(room)
  }
}
