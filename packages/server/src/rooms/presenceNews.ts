import type { RoomPresence } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { nextTurn } from '../shared/nextTurn.js'
import { timerMs } from '../shared/timerMs.js'
import { sendSafely } from '../socketio/guardHooks.js'

/** How long sending may block the event loop at once. */
const TURN_MS = 5

/** What the news of presence need. */
export interface PresenceNewsDeps {
  intervalMs: number
  /** Whether nothing may be sent now; it is tried again later. */
  isStale(this: void): boolean
  /** What to tell a room; `undefined` if nothing has changed. */
  next(this: void, room: string): RoomPresence | undefined
  /** Tells it to the members on this node. */
  tell(this: void, change: RoomPresence): void
  log: FastifyBaseLogger
}

/**
 * Tells rooms what has changed in the list of their members: all changes of an interval as one. With
 * many rooms, it continues in the next turns of the event loop.
 */
export class PresenceNews {
  readonly #deps: PresenceNewsDeps
  #due = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(deps: PresenceNewsDeps) {
    this.#deps = deps
  }

  /** The members of a room have changed. */
  changed(room: string): void {
    this.#due.add(room)
    this.#schedule()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => void this.#tellAll(), timerMs(this.#deps.intervalMs)).unref()
  }

  /** The timer stays set until the end, so that there is one run at a time. */
  async #tellAll(): Promise<void> {
    const { isStale, next, tell, log } = this.#deps
    const rooms = isStale() ? [] : this.#due
    if (rooms === this.#due) this.#due = new Set()
    let end = performance.now() + TURN_MS
    for (const room of rooms) {
      if (this.#isClosed) return
      sendSafely(log, 'who is in a room', () => {
        const change = next(room)
        if (change) tell(change)
      })
      if (performance.now() < end) continue
      await nextTurn()
      end = performance.now() + TURN_MS
    }
    this.#timer = undefined
    if (this.#due.size > 0) this.#schedule()
  }
}
