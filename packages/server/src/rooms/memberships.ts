import type { CommandOutput, ParsedCommandInput, RoomExpelled, RoomPage } from '@yektayar/protocol'
import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import { CommandError, isCommandError } from '../commandError.js'
import type { Limits } from '../limits.js'
import type { CommandSession } from '../socket/commandContext.js'
import type { Connection } from '../socket/connection.js'
import type { Database } from '../store/openDatabase.js'
import type { Authorizer } from './authorize.js'
import { roomChannel } from './feeds.js'
import type { RoomFeeds } from './feeds.js'
import { memberOf } from './member.js'
import type { RoomPresences } from './presence.js'
import { catchUp, readHistory } from './readRoom.js'

/** What `createMemberships` needs. */
export interface MembershipsOptions {
  database: Database
  feeds: RoomFeeds
  presence: RoomPresences
  authorize: Authorizer
  limits: Limits
}

/** Which connection is in which rooms, and what it may read there. */
export interface Memberships {
  join(
    connection: Connection,
    input: ParsedCommandInput<'room:join'>,
  ): Promise<CommandOutput<'room:join'>>
  leave(connection: Connection, room: string): void
  history(connection: Connection, input: ParsedCommandInput<'room:history'>): Promise<RoomPage>
  typing(connection: Connection, input: ParsedCommandInput<'room:typing'>): Promise<void>
  /** The connection is gone. */
  lost(connection: Connection): void
  /** Ends the memberships that its session has no right to any more. */
  review(connection: Connection): Promise<void>
}

/** Creates the memberships of a node. */
export function createMemberships(options: MembershipsOptions): Memberships {
  const { database, feeds, presence, authorize, limits } = options

  function leave(connection: Connection, room: string, isLost: boolean): void {
    const { rooms } = connection.data
    const member = rooms.get(room)
    if (member === undefined) return
    rooms.delete(room)
    feeds.close(connection, room)
    presence.leave({ room, member }, isLost)
  }

  /** Takes the connection in, unless it is in already. */
  async function enter(connection: Connection, room: string): Promise<void> {
    const { rooms } = connection.data
    if (rooms.has(room)) return
    if (rooms.size >= limits.roomsPerConnection) {
      throw new CommandError('too_many_rooms', 'This connection is in too many rooms', {
        hint: 'Leave one first',
      })
    }
    const member = memberOf(sessionOf(connection))
    rooms.set(room, member)
    feeds.open(connection, room)
    await presence.enter({ room, member })
  }

  return {
    async join(connection, { room, after }) {
      await authorize(sessionOf(connection), 'join', room)
      if (!connection.connected) throw new CommandError('not_found', 'The connection is gone')
      const isNew = !connection.data.rooms.has(room)
      try {
        // In before the log is read, so that nothing falls between what is read and what follows.
        await enter(connection, room)
        const { head, ...page } = await catchUp(database, room, after, limits.joinPageSize)
        feeds.place(room, head)
        const members = await presence.members(room)
        return { room, epoch: head?.epoch ?? '', seq: head?.seq ?? 0, ...page, members }
      } catch (error) {
        if (isNew) leave(connection, room, false)
        throw error
      }
    },

    leave: (connection, room) => {
      leave(connection, room, false)
    },

    async history(connection, { room, limit = MAX_HISTORY_PAGE, ...range }) {
      await authorize(sessionOf(connection), 'read', room)
      return readHistory(database, room, { ...range, limit })
    },

    async typing(connection, { room, isTyping }) {
      const session = sessionOf(connection)
      await authorize(session, 'send', room)
      const from = memberOf(session)
      connection.to(roomChannel(room)).volatile.emit('room:typing', { room, from, isTyping })
    },

    lost(connection) {
      for (const room of [...connection.data.rooms.keys()]) leave(connection, room, true)
    },

    async review(connection) {
      const session = sessionOf(connection)
      for (const [room, member] of [...connection.data.rooms]) {
        if (!(await mayStay(authorize, session, room))) {
          leave(connection, room, false)
          const expelled: RoomExpelled = { room, code: 'room_forbidden' }
          connection.emit('room:left', expelled)
        } else if (member !== memberOf(session)) {
          await becomeAnother(connection, room, session)
        }
      }
    },
  }

  /** Somebody who has signed in or out is another person to the others. */
  async function becomeAnother(
    connection: Connection,
    room: string,
    session: CommandSession,
  ): Promise<void> {
    const { rooms } = connection.data
    const before = rooms.get(room)
    if (before === undefined) return
    const member = memberOf(session)
    rooms.set(room, member)
    await presence.enter({ room, member })
    presence.leave({ room, member: before }, false)
  }
}

async function mayStay(
  authorize: Authorizer,
  session: CommandSession,
  room: string,
): Promise<boolean> {
  try {
    await authorize(session, 'join', room)
    return true
  } catch (error) {
    if (isCommandError(error) && error.code === 'room_forbidden') return false
    throw error
  }
}

function sessionOf({ data }: Connection): CommandSession {
  return { id: data.sessionId, userId: data.userId, isLoggedIn: data.isLoggedIn }
}
