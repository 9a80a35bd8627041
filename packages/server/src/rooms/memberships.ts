import { memberOf } from '@yektayar/protocol'
import type { RoomExpelled } from '@yektayar/protocol'
import { CommandError, isCommandError } from '../commandError.js'
import type { Limits } from '../limits.js'
import type { CommandSession } from '../socket/commandContext.js'
import { sessionOf } from '../socket/connection.js'
import type { Connection } from '../socket/connection.js'
import type { Authorizer } from './authorize.js'
import type { RoomFeeds } from './feeds.js'
import type { RoomPresences } from './presence.js'

/** What memberships need. */
export interface MembershipsOptions {
  feeds: RoomFeeds
  presence: RoomPresences
  authorize: Authorizer
  limits: Limits
}

/** Which connection is in which rooms, and who it is there. */
export class Memberships {
  readonly #options: MembershipsOptions

  constructor(options: MembershipsOptions) {
    this.#options = options
  }

  /**
   * Takes a connection in, unless it is in already; from then on it gets what is appended.
   *
   * @throws {CommandError} `too_many_rooms`
   */
  async enter(connection: Connection, room: string): Promise<void> {
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
    this.#leave(connection, room, false)
  }

  /** The connection is gone, and perhaps comes back. */
  lost(connection: Connection): void {
    for (const room of [...(connection.data.rooms?.keys() ?? [])])
      this.#leave(connection, room, true)
  }

  /** Ends the memberships to which the connection's session has no right any more. */
  async review(connection: Connection): Promise<void> {
    const session = sessionOf(connection)
    for (const [room, member] of [...(connection.data.rooms ?? [])]) {
      if (!(await this.#mayStay(session, room))) {
        this.leave(connection, room)
        const expelled: RoomExpelled = { room, code: 'room_forbidden' }
        connection.emit('room:left', expelled)
      } else if (member !== memberOf(session)) {
        await this.#becomeAnother(connection, room, memberOf(session))
      }
    }
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
  async #becomeAnother(connection: Connection, room: string, member: string): Promise<void> {
    const { presence } = this.#options
    const before = connection.data.rooms?.get(room)
    if (before === undefined) return
    connection.data.rooms?.set(room, member)
    await presence.enter({ room, member })
    presence.leave({ room, member: before }, false)
  }

  async #mayStay(session: CommandSession, room: string): Promise<boolean> {
    try {
      await this.#options.authorize(session, 'join', room)
      return true
    } catch (error) {
      if (isCommandError(error) && error.code === 'room_forbidden') return false
      throw error
    }
  }
}
