import type { FastifyBaseLogger } from 'fastify'
import { nextTurn } from '../shared/nextTurn.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { sendSafely } from '../socketio/guardHooks.js'
import { tellPresence } from './broadcastMessage.js'

/** How long sending may block the event loop at once. */
const TURN_MS = 5

/** The members of a room that were announced, and those to announce. */
interface Told {
  /** The members that were announced. */
  readonly told: Set<string>
  /** The current members; replaced by another set on a change. */
  members: ReadonlySet<string>
}

/**
 * Announces arrivals and departures to the members on this node. When many members come at once,
 * the number of events grows with the square, so the events are sent in parts, one part per turn of
 * the event loop.
 */
export class PresenceNews {
  readonly #io: RealtimeServer
  readonly #log: FastifyBaseLogger
  /** The rooms with changes to announce. */
  readonly #due = new Map<string, Told>()
  #isTelling = false

  constructor(io: RealtimeServer, log: FastifyBaseLogger) {
    this.#io = io
    this.#log = log
  }

  /** Announces changes of a room. The first part is sent before this returns. */
  changed(room: string, told: Told): void {
    this.#due.set(room, told)
    if (this.#isTelling) return
    this.#isTelling = true
    void this.#tellAll()
  }

  /** Stops announcing. */
  close(): void {
    this.#due.clear()
  }

  async #tellAll(): Promise<void> {
    let end = performance.now() + TURN_MS
    for (let next = this.#next(); next; next = this.#next()) {
      const [room, { told, members }] = next
      for (const { member, isPresent } of changesOf(told, members)) {
        sendSafely(this.#log, 'who is in a room', () => {
          tellPresence(this.#io, { room, member, isPresent })
        })
        if (isPresent) told.add(member)
        else told.delete(member)
        if (performance.now() < end) continue
        await nextTurn()
        end = performance.now() + TURN_MS
        if (this.#due.get(room)?.members !== members) break // changed again
      }
      const latest = this.#due.get(room)
      this.#due.delete(room)
      if (latest && latest.members !== members) this.#due.set(room, latest) // after the other rooms
    }
    this.#isTelling = false
  }

  #next(): [string, Told] | undefined {
    const [next] = this.#due
    return next
  }
}

/** The differences between two sets of members, arrivals first. */
function changesOf(
  told: ReadonlySet<string>,
  members: ReadonlySet<string>,
): { member: string; isPresent: boolean }[] {
  const came = [...members].filter((member) => !told.has(member))
  const left = [...told].filter((member) => !members.has(member))
  return [
    ...came.map((member) => ({ member, isPresent: true })),
    ...left.map((member) => ({ member, isPresent: false })),
  ]
}
