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
import { rejoinHead } from './broadcastMessage.js'
import type { RoomFeeds } from './feeds.js'
import { tellMembers } from './missedNews.js'
import type { RoomPresences } from './presence.js'
import type { Shown } from './roomMembers.js'
import type { RoomStore } from '../store/store.js'

/** What memberships need. */
export interface MembershipsDeps {
  store: RoomStore
  feeds: RoomFeeds
  presence: RoomPresences
  authorize: Authorizer
  /** Resolves at once unless this process stood still, and otherwise once it has read sessions again. */
  whenFresh(this: void): Promise<void>
  limits: Limits
  log: FastifyBaseLogger
}

/** A room that a connection was in, until the app has decided whether it may still be in it. */
interface Undecided {
  /** The member that stays in the list until then; `undefined` if its user has changed. */
  readonly listedAs: string | undefined
  /** What it has shown to the others. */
  readonly shown: Shown | undefined
  /** How sure the log was when the connection got its last message. */
  readonly certainty: unknown
}

/** Which connection is in which rooms, and who it is there. */
export class Memberships {
  readonly #deps: MembershipsDeps
  /**
   * The rooms that a connection was in until its rights were doubted, and for which an app has not
   * decided yet. Each decision counts only as long as its entry is the same.
   */
  readonly #undecided = new Slot<Map<string, Undecided>>()

  constructor(deps: MembershipsDeps) {
    this.#deps = deps
  }

  /**
   * Adds a connection to a room, unless it is a member already. From then on it gets new messages.
   *
   * @throws {CommandError} `too_many_rooms`
   */
  enter(connection: Connection, room: string): void {
    const { feeds, presence, limits } = this.#deps
    const { listedAs, shown } = this.#takeUndecided(connection, room) ?? {}
    const rooms = (connection.data.rooms ??= new Map<string, string>())
    if (rooms.has(room)) return
    const member = memberOf(sessionOf(connection))
    const unlist = (): void => {
      if (listedAs !== undefined) presence.leave({ room, member: listedAs }, false)
    }
    if (rooms.size >= limits.roomsPerConnection) {
      unlist()
      throw new CommandError('too_many_rooms', 'This connection is in too many rooms', {
        hint: 'Leave one first',
      })
    }
    rooms.set(room, member)
    feeds.open(connection, room)
    if (listedAs === member) return
    presence.enterShowing({ room, member }, shown)
    unlist()
  }

  /** Removes a connection that has left the room. */
  leave(connection: Connection, room: string): void {
    this.#leave(connection, room, false)
  }

  /**
   * Removes a connection from all rooms.
   *
   * @param isLost whether its client may come back
   */
  leaveAll(connection: Connection, isLost: boolean): void {
    for (const room of this.#roomsOf(connection)) this.#leave(connection, room, isLost)
  }

  /** As whom a connection is in a room, or was until its rights were doubted. */
  memberAs(connection: Connection, room: string): string | undefined {
    return connection.data.rooms?.get(room) ?? this.#undecided.get(connection)?.get(room)?.listedAs
  }

  /**
   * Rights may have changed: ends the memberships to which the connection has none. Where an app has
   * to think about it, the connection gets nothing until the answer is there.
   *
   * @param room the only one to ask about. @default all that it is in
   * @returns once all is decided; never rejects
   */
  async review(connection: Connection, room?: string): Promise<void> {
    const rooms = room === undefined ? this.#roomsOf(connection) : [room]
    await Promise.all(rooms.map((one) => this.#reviewRoom(connection, one)))
  }

  /** Takes a connection out of a room that it is in, and tells it. */
  expel(connection: Connection, room: string): void {
    this.leave(connection, room)
    const expelled: RoomExpelled = { room, code: 'room_forbidden' }
    connection.emit('room:left', expelled)
  }

  async #reviewRoom(connection: Connection, room: string): Promise<void> {
    const isIn = connection.data.rooms?.has(room) ?? false
    if (!isIn && !this.#undecided.get(connection)?.has(room)) return
    let decision: MaybePromise<void>
    try {
      decision = this.#deps.authorize(sessionOf(connection), 'join', room)
    } catch (error) {
      this.#refuse(connection, room, error)
      return
    }
    if (!isPromise(decision)) {
      if (isIn) this.#rename(connection, room)
      else await this.#putBack(connection, room)
      return
    }
    const entry = this.#suspend(connection, room)
    const isCurrent = (): boolean => this.#undecided.get(connection)?.get(room) === entry
    try {
      await decision
      if (isCurrent()) await this.#putBack(connection, room)
    } catch (error) {
      if (isCurrent()) this.#refuse(connection, room, error)
    }
  }

  /** Sends a connection nothing of a room. It stays listed in it, unless it has another user. */
  #suspend(connection: Connection, room: string): Undecided {
    const { feeds, presence } = this.#deps
    const member = this.memberAs(connection, room)
    const isSame = member === memberOf(sessionOf(connection))
    const shown = member === undefined ? undefined : presence.shownOf({ room, member })
    const before = this.#undecided.get(connection)?.get(room)
    const certainty = before ? before.certainty : feeds.certainty(room)
    const entry = { listedAs: isSame ? member : undefined, shown, certainty }
    if (connection.data.rooms?.delete(room)) feeds.close(connection, room)
    if (member !== undefined && !isSame) presence.leave({ room, member }, false)
    const undecided = this.#undecided.get(connection) ?? new Map<string, Undecided>()
    this.#undecided.set(connection, undecided.set(room, entry))
    return entry
  }

  /** Adds a connection again and sends it the current head and members, since it missed changes. */
  async #putBack(connection: Connection, room: string): Promise<void> {
    const { feeds, presence, store } = this.#deps
    const session = sessionOf(connection)
    const certainty = this.#undecided.get(connection)?.get(room)?.certainty
    try {
      this.enter(connection, room)
      const head = await store.head(room)
      await this.#deps.whenFresh()
      requireSameSession(connection, session)
      if (!connection.data.rooms?.has(room)) return // it has left since
      feeds.place(head)
      const isSame = certainty === feeds.certainty(room)
      connection.emit('room:head', { heads: [isSame ? head : rejoinHead(head)] })
      tellMembers(connection, room, () => presence.wholeFor(connection, room))
    } catch (error) {
      if (connection.data.sessionId === session.id) this.#refuse(connection, room, error)
    }
  }

  #refuse(connection: Connection, room: string, reason: unknown): void {
    this.expel(connection, room)
    if (isCommandError(reason)) return
    this.#deps.log.error({ err: reason, room }, 'authorize failed: removed the connection')
  }

  #leave(connection: Connection, room: string, isLost: boolean): void {
    const { feeds, presence } = this.#deps
    const member = this.memberAs(connection, room)
    this.#takeUndecided(connection, room)
    if (connection.data.rooms?.delete(room)) feeds.close(connection, room)
    if (member !== undefined) presence.leave({ room, member }, isLost)
  }

  /** The rooms that a connection is in, and those that are undecided. */
  #roomsOf(connection: Connection): string[] {
    const undecided = this.#undecided.get(connection)?.keys() ?? []
    return [...(connection.data.rooms?.keys() ?? []), ...undecided]
  }

  #takeUndecided(connection: Connection, room: string): Undecided | undefined {
    const undecided = this.#undecided.get(connection)
    const entry = undecided?.get(room)
    undecided?.delete(room)
    return entry
  }

  /** Changes the member of a connection after a sign-in or sign-out. */
  #rename(connection: Connection, room: string): void {
    const { presence } = this.#deps
    const before = connection.data.rooms?.get(room)
    const member = memberOf(sessionOf(connection))
    if (before === undefined || before === member) return
    connection.data.rooms?.set(room, member)
    presence.rename(room, before, member)
  }
}
