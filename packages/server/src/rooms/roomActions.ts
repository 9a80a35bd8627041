import { MAX_HISTORY_PAGE, memberOf } from '@yektayar/protocol'
import type { CommandOutput, ParsedCommandInput, RoomPage } from '@yektayar/protocol'
import { memberBytes, refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { RateLimit } from '../shared/rateLimit.js'
import { sessionOf } from '../socketio/connection.js'
import type { Connection } from '../socketio/connection.js'
import { requireSameSession } from '../socketio/requireSameSession.js'
import type { Authorization, Authorizer } from './authorize.js'
import type { CheckPresence } from './checkPresence.js'
import type { RoomFeeds } from './feeds.js'
import type { Memberships } from './memberships.js'
import { createPageReader } from './pageReader.js'
import type { PageReader } from './pageReader.js'
import type { RoomPresences } from './presence.js'
import { catchUp, readHistory } from './catchUp.js'
import { rejoinHead } from './broadcastMessage.js'
import type { RoomKeeper } from './roomKeeper.js'
import type { RoomStore } from '../store/store.js'
import type { Typing } from './typing.js'

/** What `createRoomActions()` needs. */
export interface RoomActionsDeps {
  typing: Typing
  store: RoomStore
  feeds: RoomFeeds
  presence: RoomPresences
  keeper: RoomKeeper
  memberships: Memberships
  authorize: Authorizer
  doubts: Authorization['doubts']
  checkPresence: CheckPresence
  /** Counts the commands of each session. */
  perSession: RateLimit
  /** Whether nothing may be sent now. */
  isStale(this: void): boolean
  /** Resolves once it may be sent again. */
  whenFresh(this: void): Promise<void>
  limits: Limits
}

/**
 * What a connection can do in rooms besides sending. All but `leave` may throw `unknown_room` and
 * `room_forbidden`, and `token_invalid` or `conflict` once the session has ended or changed; `join` and
 * `history` also `rate_limited`.
 */
export interface RoomActions {
  join(
    connection: Connection,
    input: ParsedCommandInput<'room:join'>,
  ): Promise<CommandOutput<'room:join'>>
  leave(connection: Connection, room: string): void
  history(connection: Connection, input: ParsedCommandInput<'room:history'>): Promise<RoomPage>
  typing(connection: Connection, input: ParsedCommandInput<'room:typing'>): Promise<void>
  setPresence(connection: Connection, input: ParsedCommandInput<'presence:set'>): Promise<void>
}

/** Asks whether somebody may read. */
type ReaderCheck = (connection: Connection, action: 'join' | 'read', room: string) => Promise<void>

/** Creates the actions of a node. */
export function createRoomActions(deps: RoomActionsDeps): RoomActions {
  const { typing, store, feeds, presence, keeper, memberships, authorize } = deps
  const { checkPresence, limits } = deps
  const read = createPageReader(deps)
  /** The rest of a join's answer is reserved for the list of members. */
  const messageBytes = limits.maxPageBytes - memberBytes(limits.maxPageBytes)
  const authorizeReader = createReaderCheck(authorize, memberships)
  return {
    async join(connection, { room, after, presence: wanted }) {
      const session = sessionOf(connection)
      await authorizeReader(connection, 'join', room)
      const shown = await checkPresence(room, wanted)
      // No disconnect event would remove a connection that has closed by now.
      requireSameSession(connection, session)
      const isNew = !connection.data.rooms?.has(room)
      try {
        // Enter before reading the log, so that no message is lost between the read and the feed.
        memberships.enter(connection, room)
        const certainty = feeds.certainty(room)
        if (shown !== undefined) presence.show({ room, member: memberOf(session) }, shown)
        const bounds = { limit: limits.joinPageSize, maxBytes: messageBytes }
        const { head, headId, usedAt, ...page } = await read(
          connection,
          () => {
            requireSameSession(connection, session)
            requireMembership(connection, room)
            return catchUp(store, room, after, bounds)
          },
          () => authorizeReader(connection, 'join', room),
        )
        requireSameSession(connection, session)
        feeds.place(head, headId)
        keeper.joined(room, session.id, usedAt)
        // Read last: the list must not be older than the changes that are sent before the answer.
        const list = await presence.list({ room, member: memberOf(session) })
        if (deps.isStale()) await deps.whenFresh()
        requireSameSession(connection, session)
        requireMembership(connection, room)
        // The answer may have messages that the log has lost since they were read.
        const isSame = certainty === feeds.certainty(room)
        if (!isSame) connection.emit('room:head', { heads: [rejoinHead(head)] })
        return { room, epoch: head.epoch, seq: head.seq, ...page, ...list }
      } catch (error) {
        if (isNew) memberships.leave(connection, room)
        throw error
      }
    },

    leave: (connection, room) => {
      memberships.leave(connection, room)
    },

    history: createHistory(deps, read, authorizeReader),

    async typing(connection, { room, isTyping }) {
      const session = sessionOf(connection)
      await authorize(session, 'send', room)
      requireSameSession(connection, session)
      if (deps.isStale() || !connection.data.rooms?.has(room)) return // old news, or of no member
      typing.tell(connection, { room, from: memberOf(session), isTyping })
    },

    setPresence: (connection, input) => setPresence(deps, connection, input),
  }
}

/** Reads a page of history, with rights that hold when it is sent. */
function createHistory(
  { store, limits, doubts }: RoomActionsDeps,
  read: PageReader,
  authorizeReader: ReaderCheck,
): RoomActions['history'] {
  return async (connection, { room, limit = MAX_HISTORY_PAGE, ...range }) => {
    const session = sessionOf(connection)
    const doubtsBefore = doubts()
    await authorizeReader(connection, 'read', room)
    requireSameSession(connection, session)
    const bounds = { limit, maxBytes: limits.maxPageBytes }
    const page = await read(
      connection,
      () => {
        requireSameSession(connection, session)
        return readHistory(store, room, { ...range, ...bounds })
      },
      () => authorizeReader(connection, 'read', room),
    )
    // The page may have messages from after the right was taken away.
    if (doubts() !== doubtsBefore) await authorizeReader(connection, 'read', room)
    requireSameSession(connection, session)
    return page
  }
}

async function setPresence(
  { presence, checkPresence }: RoomActionsDeps,
  connection: Connection,
  { room, presence: wanted }: ParsedCommandInput<'presence:set'>,
): Promise<void> {
  const session = sessionOf(connection)
  requireMembership(connection, room)
  const shown = await checkPresence(room, wanted)
  requireSameSession(connection, session)
  requireMembership(connection, room)
  if (shown !== undefined) presence.show({ room, member: memberOf(session) }, shown)
}

/** Whoever is refused what they want to read is asked about again, if they are in that room. */
function createReaderCheck(authorize: Authorizer, memberships: Memberships): ReaderCheck {
  return async (connection, action, room) => {
    try {
      await authorize(sessionOf(connection), action, room)
    } catch (error) {
      await memberships.review(connection, room)
      throw error
    }
  }
}

/** A connection may have left, or may not be in the room any more, before its join could be answered. */
function requireMembership({ data }: Connection, room: string): void {
  if (data.rooms?.has(room)) return
  throw commandErrorOf(refusals.leftRoom)
}
