import { memberOf } from '@yektayar/protocol'
import type { CommandSession } from '../sessions/commandSession.js'
import { CommandError } from '../shared/commandError.js'
import { nextTurn } from '../shared/nextTurn.js'
import { sessionOf } from '../socketio/connection.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { DoubtedRights, RightsChange, RoomStore } from '../store/store.js'
import type { Authorization } from './authorize.js'
import type { Memberships } from './memberships.js'
import type { RoomPresences } from './presence.js'
import type { RoomCatalog } from './roomCatalog.js'

/** How long a review keeps the event loop at once. */
const TURN_MS = 5

/** Who is in rooms, and takes their rights away, on all processes that share the store. */
export interface RoomRights {
  /**
   * Asks `authorize` again about connections that are in rooms: those of one room, one user or one
   * session, or those that match all fields; `{}` means all. A connection that may not be in a room any
   * more is taken out of it, and gets `room:left` with `room_forbidden`. Until `authorize` has answered,
   * it receives nothing from that room.
   *
   * Resolves once this is decided for the connections of this process, and the other processes are
   * about to do the same.
   *
   * @throws {CommandError} `invalid_input`, `unknown_room`; `store_unavailable` where the others
   * cannot be told
   */
  review(this: void, whose: DoubtedRights): Promise<void>
  /**
   * Takes a member out of a room, on all of their connections, and tells them (`room_forbidden`).
   * `authorize` is not asked, and decides whether they may join again.
   *
   * Resolves once they are out of it at this process, and the other processes will be told.
   *
   * @param member `user:<id>` or `session:<id>`
   * @throws {CommandError} `invalid_input`, `unknown_room`; `store_unavailable` where the others
   * cannot be told
   */
  remove(this: void, room: string, member: string): Promise<void>
  /**
   * Who is in a room, at all processes that share the store: `user:<id>` or `session:<id>`, each once.
   *
   * @throws {CommandError} `invalid_input`, `unknown_room`
   */
  members(this: void, room: string): Promise<string[]>
}

/** What the rights in rooms need. */
export interface RoomRightsDeps {
  io: RealtimeServer
  store: RoomStore
  catalog: RoomCatalog
  memberships: Memberships
  presence: RoomPresences
  doubt: Authorization['doubt']
}

/** The changes of rights at one process. */
export interface RightsChanges extends RoomRights {
  /** Another process has changed rights. Resolves once everybody here is being asked about. */
  apply(this: void, change: RightsChange): Promise<void>
}

/** Creates the changes of rights at a process. */
export function createRoomRights({
  io,
  store,
  catalog,
  memberships,
  presence,
  doubt,
}: RoomRightsDeps): RightsChanges {
  function remove(room: string, member: string): void {
    doubt((session, name) => name === room && memberOf(session) === member)
    for (const connection of [...io.sockets.sockets.values()]) {
      if (memberships.memberAs(connection, room) === member) memberships.expel(connection, room)
    }
    presence.giveUp({ room, member })
  }

  /** Begins to ask about everybody concerned; resolves with their decisions. */
  async function review(doubted: DoubtedRights): Promise<{ decided: Promise<unknown> }> {
    doubt((session, room) => isConcerned(doubted, session, room))
    const decisions: Promise<void>[] = []
    let end = performance.now() + TURN_MS
    for (const connection of [...io.sockets.sockets.values()]) {
      if (connection.connected && isConcerned(doubted, sessionOf(connection))) {
        decisions.push(memberships.review(connection, doubted.room))
      }
      if (performance.now() < end) continue
      await nextTurn()
      end = performance.now() + TURN_MS
    }
    return { decided: Promise.all(decisions) }
  }

  return {
    async review(whose) {
      const doubted = doubtedRightsOf(whose)
      if (doubted.room !== undefined) catalog.require(doubted.room)
      const told = store.tellRights({ kind: 'review', ...doubted })
      await Promise.all([told, review(doubted).then(({ decided }) => decided)])
    },
    async remove(room, member) {
      requireMember(member)
      catalog.require(room)
      remove(room, member)
      await store.tellRights({ kind: 'remove', room, member })
    },
    async members(room) {
      catalog.require(room)
      return presence.everybodyIn(room)
    },
    async apply(change) {
      if (change.kind === 'remove') remove(change.room, change.member)
      else await review(change)
    },
  }
}

function isConcerned(
  { room, userId, sessionId }: DoubtedRights,
  session: CommandSession,
  name = room,
): boolean {
  return (
    (room === undefined || room === name) &&
    (userId === undefined || userId === session.userId) &&
    (sessionId === undefined || sessionId === session.id)
  )
}

/** @throws {CommandError} `invalid_input` */
function doubtedRightsOf(value: unknown): DoubtedRights {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput('whose rights to review is an object', 'As { room }, { userId } or {}')
  }
  for (const [name, text] of Object.entries(value)) {
    if (!['room', 'userId', 'sessionId'].includes(name)) {
      throw invalidInput(
        `whose rights to review has no ${name}`,
        'room, userId and sessionId count',
      )
    }
    if (text !== undefined && (typeof text !== 'string' || text === '')) {
      throw invalidInput(`${name} is not a text`, 'Leave it out for all')
    }
  }
  const { room, userId, sessionId } = value as DoubtedRights // which was just checked
  return {
    ...(room !== undefined && { room }),
    ...(userId !== undefined && { userId }),
    ...(sessionId !== undefined && { sessionId }),
  }
}

/** @throws {CommandError} `invalid_input` */
function requireMember(member: unknown): void {
  if (typeof member === 'string' && /^(user|session):./su.test(member)) return
  throw invalidInput('member is not a member of rooms', 'As user:<id> or session:<id>')
}

function invalidInput(message: string, hint?: string): CommandError {
  return new CommandError('invalid_input', message, hint === undefined ? {} : { hint })
}
