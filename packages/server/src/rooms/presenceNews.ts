import type { FastifyBaseLogger } from 'fastify'
import { nextTurn } from '../shared/nextTurn.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { sendSafely } from '../socketio/guardHooks.js'
import { tellPresence } from './broadcastMessage.js'

/** How long telling keeps the event loop at once. */
const TURN_MS = 5

/** The members of a room that were announced, and those to announce. */
interface Told {
  /** Whom those in the room were told of. */
  readonly told: Set<string>
  /** Who is in it now; another set once that has changed. */
  members: ReadonlySet<string>
}

/**
 * Announces arrivals and departures to the members at this node. When many come at once, each member
 * is told of each other one: the events are sent in chunks, and the event loop turns between them.
 */
export class PresenceNews {
  readonly #io: RealtimeServer
  readonly #log: FastifyBaseLogger
  /** The rooms in which there is something to tell. */
  readonly #due = new Map<string, Told>()
  #isTelling = false

  constructor(io: RealtimeServer, log: FastifyBaseLogger) {
    this.#io = io
    this.#log = log
  }

  /** The members of a room may have changed. What can be told at once has been told on return. */
  changed(room: string, told: Told): void {
    this.#due.set(room, told)
    if (this.#isTelling) return
    this.#isTelling = true
    void this.#tellAll()
  }

  /** Tells nothing more. */
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
        if (this.#due.get(room)?.members !== members) break // others are there by now
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

/** What is new in a set of members; those who came first. */
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
