import type { RoomTypingChanged } from '@yektayar/protocol'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import type { EventStore } from '../store/store.js'
import { slowIn } from './broadcastMessage.js'
import type { RoomPresences } from './presence.js'
import { roomChannel } from './roomChannel.js'

/** Other processes hear of who is typing at most once in this time. */
const INTERVAL_MS = 100

/** How many typing members are reported to other processes in one interval. Further ones are dropped. */
const MAX_WAITING = 1_000

/** What `Typing` needs. */
export interface TypingDeps {
  io: RealtimeServer
  events: EventStore
  presence: RoomPresences
  /** Whether nothing may be sent now. */
  isStale(this: void): boolean
}

/** Tells who is typing in which room: it is not kept, and the latest word of each member counts. */
export class Typing {
  readonly #deps: TypingDeps
  readonly #waiting = new Map<string, RoomTypingChanged>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: TypingDeps) {
    this.#deps = deps
  }

  /** A member types at this process. */
  tell(connection: Connection, typing: RoomTypingChanged): void {
    this.#spoke(typing)
    this.#send(connection.local.to(roomChannel(typing.room)), typing)
    if (this.#deps.events.hasPeers()) this.#tellOthers(typing)
  }

  /** A member types at another process. */
  heard(typing: RoomTypingChanged): void {
    const { io, isStale } = this.#deps
    if (isStale()) return // it would be old news after that
    this.#spoke(typing)
    this.#send(io.local.to(roomChannel(typing.room)), typing)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #spoke({ room, from, isTyping }: RoomTypingChanged): void {
    if (isTyping) this.#deps.presence.spoke(room, from)
  }

  #send(members: ReturnType<RealtimeServer['to']>, typing: RoomTypingChanged): void {
    const slow = slowIn(this.#deps.io, typing.room)
    members.except(slow).volatile.emit('room:typing', typing)
  }

  #tellOthers(typing: RoomTypingChanged): void {
    const key = JSON.stringify([typing.room, typing.from])
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(key)) return
    this.#waiting.set(key, typing)
    if (this.#timer === undefined) this.#flush()
  }

  #flush(): void {
    for (const typing of this.#waiting.values()) this.#deps.events.pass({ typing })
    const hadSome = this.#waiting.size > 0
    this.#waiting.clear()
    this.#timer = hadSome
      ? setTimeout(() => {
          this.#timer = undefined
          this.#flush()
        }, INTERVAL_MS).unref()
      : undefined
  }
}
