import { memberOf } from '@yektayar/protocol'
import type { RoomExpelled } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { CommandError, isCommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { isPromise } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { sessionOf } from '../socketio/connection.js'
import type { Connection } from '../socketio/connection.js'
import { requireSameSession } from '../socketio/requireSameSession.js'
import { Slot } from '../socketio/slot.js'
import type { Authorizer } from './authorize.js'
import type { RoomFeeds } from './feeds.js'
import type { RoomPresences } from './presence.js'
import type { RoomStore } from '../store/store.js'

/** What memberships need. */
export interface MembershipsOptions {
  store: RoomStore
  feeds: RoomFeeds
  presence: RoomPresences
  authorize: Authorizer
  limits: Limits
  log: FastifyBaseLogger
}

/** Which connection is in which rooms, and who it is there. */
export class Memberships {
  readonly #options: MembershipsOptions
  /**
   * The rooms that a connection was in until its user changed, and for which an app has not decided
   * yet. Each decision counts only as long as its entry is the same.
   */
  readonly #undecided = new Slot<Map<string, object>>()

  constructor(options: MembershipsOptions) {
    this.#options = options
  }

  /**
   * Takes a connection in, unless it is in already; from then on it gets what is appended.
   *
   * @throws {CommandError} `too_many_rooms`
   */
  async enter(connection: Connection, room: string): Promise<void> {
    this.#undecided.get(connection)?.delete(room)
    const rooms = (connection.data.rooms ??= new Map<string, string>())
    if (rooms.has(room)) return
    if (rooms.size >= this.#options.limits.roomsPerConnection) {
      throw new CommandError('too_many_rooms', 'This connection is in too many rooms', {
        hint: 'Leave one first',
      })
    }
    const member = memberOf(sessionOf(connection))
    rooms.set(room, member)
    this.#options.feeds.open(connection, room)
    await this.#options.presence.enter({ room, member })
  }

  /** Lets a connection go that has left. */
  leave(connection: Connection, room: string): void {
    this.#undecided.get(connection)?.delete(room)
    this.#leave(connection, room, false)
  }

  /** The connection is gone, and perhaps comes back. */
  lost(connection: Connection): void {
    this.#undecided.set(connection, undefined)
    for (const room of [...(connection.data.rooms?.keys() ?? [])])
      this.#leave(connection, room, true)
  }

  /**
   * The connection has another user: ends the memberships to which that one has no right. Where an
   * app has to think about it, the connection is out until the answer is there.
   */
  review(connection: Connection): void {
    const undecided = this.#undecided.get(connection)?.keys() ?? []
    this.#undecided.set(connection, undefined)
    const rooms = new Set([...(connection.data.rooms?.keys() ?? []), ...undecided])
    for (const room of rooms) this.#reviewRoom(connection, room)
  }

  #reviewRoom(connection: Connection, room: string): void {
    let decision: MaybePromise<void>
    try {
      decision = this.#options.authorize(sessionOf(connection), 'join', room)
    } catch (error) {
      this.#expel(connection, room, error)
      return
    }
    const isIn = connection.data.rooms?.has(room) ?? false
    if (!isPromise(decision)) {
      if (isIn) this.#rename(connection, room)
      else void this.#putBack(connection, room)
      return
    }
    this.#leave(connection, room, false)
    const entry = {}
    const open = this.#undecided.get(connection) ?? new Map<string, object>()
    this.#undecided.set(connection, open.set(room, entry))
    const isCurrent = (): boolean => this.#undecided.get(connection)?.get(room) === entry
    decision.then(
      () => {
        if (isCurrent()) void this.#putBack(connection, room)
      },
      (error: unknown) => {
        if (isCurrent()) this.#expel(connection, room, error)
      },
    )
  }

  /** Takes a connection in again, which learns what it has missed from where the log ends by now. */
  async #putBack(connection: Connection, room: string): Promise<void> {
    const { feeds, presence, store } = this.#options
    const session = sessionOf(connection)
    try {
      await this.enter(connection, room)
      const head = await store.head(room)
      requireSameSession(connection, session)
      if (!connection.data.rooms?.has(room)) return // it has left
      feeds.place(head)
      connection.emit('room:head', { heads: [head] })
      await presence.members(room) // which tells the others
    } catch (error) {
      if (connection.data.sessionId === session.id) this.#expel(connection, room, error)
    }
  }

  #expel(connection: Connection, room: string, reason: unknown): void {
    if (!isCommandError(reason)) {
      this.#options.log.error({ err: reason, room }, 'authorize failed, so a membership has ended')
    }
    this.leave(connection, room)
    const expelled: RoomExpelled = { room, code: 'room_forbidden' }
    connection.emit('room:left', expelled)
  }

  #leave(connection: Connection, room: string, isLost: boolean): void {
    const { feeds, presence } = this.#options
    const member = connection.data.rooms?.get(room)
    if (member === undefined) return
    connection.data.rooms?.delete(room)
    feeds.close(connection, room)
    presence.leave({ room, member }, isLost)
  }

  /** Somebody who has signed in or out is another person to the others. */
  #rename(connection: Connection, room: string): void {
    const { presence, log } = this.#options
    const before = connection.data.rooms?.get(room)
    const member = memberOf(sessionOf(connection))
    if (before === undefined || before === member) return
    connection.data.rooms?.set(room, member)
    presence
      .enter({ room, member })
      .catch((error: unknown) => {
        log.error({ err: error, room }, 'could not record that a member came')
      })
      .finally(() => {
        presence.leave({ room, member: before }, false)
      })
  }
}
