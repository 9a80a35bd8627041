import { memberOf } from '@yektayar/protocol'
import type { Json, Jsonable, RoomMessage } from '@yektayar/protocol'
import type { FakeBackend } from './fakeBackend.js'
import type { FakeCaller } from './fakeSessions.js'
import { publishAs } from './publishAs.js'
import { randomId } from './randomId.js'
import { requireAllowed } from './refusal.js'
import { settled } from './settled.js'

/**
 * Another user of a fake server, without a client: the test says what they do. The server's
 * `authorize` decides about them as about everybody. Every method resolves after the listeners of
 * the clients ran.
 */
export class FakeUser {
  /** Their name in rooms: `user:sara`. */
  readonly member: string
  readonly #backend: FakeBackend
  readonly #caller: FakeCaller

  constructor(backend: FakeBackend, userId: string) {
    this.#backend = backend
    this.#caller = { id: randomId(), userId, isLoggedIn: true }
    this.member = memberOf(this.#caller)
  }

  /**
   * Joins a room; again to show something else there.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`
   */
  async join(room: string, { presence }: { presence?: Json | undefined } = {}): Promise<void> {
    await this.#require('join', room)
    this.#backend.place(room, this.member, true, presence)
    await settled()
  }

  /** Leaves a room; it does nothing where they are in none. */
  async leave(room: string): Promise<void> {
    this.#backend.place(room, this.member, false)
    await settled()
  }

  /**
   * Sends a message to a room, which they need not have joined.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`; `invalid_input` for data that is not JSON, or
   * does not fit the room
   */
  async send<Data>(room: string, data: Jsonable<Data>): Promise<RoomMessage> {
    await this.#require('send', room)
    const message = await publishAs(this.#backend, this.member, room, data)
    await settled()
    return message
  }

  /**
   * Begins or stops typing.
   *
   * @throws {YektaYarError} `unknown_room`, `room_forbidden`
   */
  async typing(room: string, isTyping = true): Promise<void> {
    await this.#require('send', room)
    this.#backend.tell(room, 'room:typing', { room, from: this.member, isTyping })
    await settled()
  }

  async #require(action: 'join' | 'send', room: string): Promise<void> {
    requireAllowed(await this.#backend.mayDo(this.#caller, action, room), action)
  }
}
