import type { RoomMessage } from '@yektayar/protocol'

/** How many rooms are recorded by name. Beyond that, a sweep looks at all rooms. */
const MAX_NOTED = 10_000

/** The rooms that may hold more messages than allowed. */
export interface Surplus {
  /** Whether all rooms have to be looked at; the names do not matter then. */
  readonly isAnywhere: boolean
  readonly rooms: ReadonlySet<string>
}

/** Records which rooms grew, so that a sweep does not have to look at every room. */
export class SurplusNotes {
  readonly #maxMessages: number
  #rooms = new Set<string>()
  /** True at the start, and after too many rooms were recorded. */
  #isAnywhere = true

  /** @param maxMessages how many messages a room keeps */
  constructor(maxMessages: number) {
    this.#maxMessages = maxMessages
  }

  /** Records the rooms of committed messages. */
  note(messages: readonly RoomMessage[]): void {
    for (const { room, seq } of messages) if (seq > this.#maxMessages) this.#rooms.add(room)
    if (this.#rooms.size <= MAX_NOTED) return
    this.#rooms.clear()
    this.#isAnywhere = true
  }

  /**
   * Returns what was recorded since the last call.
   *
   * @param isForAll whether the caller looks at all rooms if need be. Otherwise that waits for one who does
   */
  take(isForAll = true): Surplus {
    const isAnywhere = this.#isAnywhere && isForAll
    const surplus = { isAnywhere, rooms: this.#rooms }
    if (isForAll) this.#isAnywhere = false
    this.#rooms = new Set()
    return surplus
  }

  /** Puts back what a failed sweep did not handle. */
  putBack({ isAnywhere, rooms }: Surplus): void {
    this.#isAnywhere ||= isAnywhere
    for (const room of rooms) this.#rooms.add(room)
  }
}
