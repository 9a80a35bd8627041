import { randomUUID } from 'node:crypto'
import type {
  AcquiredSession,
  ChangedSession,
  SessionEndCode,
  SessionMetadata,
} from '@yektayar/protocol'
import { CommandError, isCommandError } from '../shared/commandError.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { nextTurn } from '../shared/nextTurn.js'
import type { Database, WriteTogether } from '../store/sqlite/openDatabase.js'
import { changeUser } from '../store/sqlite/changeUser.js'
import { endIn, expireIn, sweepIn } from './endSessions.js'
import { invalidToken } from '../shared/invalidToken.js'
import { reachAtOnce, reachStore } from './reachStore.js'
import { readMetadata } from './readMetadata.js'
import type { SessionsOptions } from './sessionListener.js'
import {
  insertSession,
  issueToken,
  selectById,
  selectByIds,
  selectByToken,
  selectByUser,
  selectIdsOfUser,
  setActive,
  shortenToken,
  updateSession,
} from '../store/sqlite/sessionQueries.js'
import type { StoredSession } from '../store/sqlite/sessionQueries.js'
import { isToken } from './token.js'
import { requireUserId } from './userId.js'

/** The connection on which somebody signs in or out. */
interface ChangeUserOptions {
  /** Socket.IO's id of the one connection of the session that goes on. @default all are closed */
  socketId?: string | undefined
}

/**
 * The sessions of the store.
 *
 * Every method throws `CommandError` `store_unavailable` when the store fails, `rate_limited` when too
 * much waits for it, `token_invalid` for a
 * session that has to be there and is not, and `invalid_input` for a value of the wrong kind.
 */
export interface Sessions {
  /** Starts an anonymous session. The token is in the result and nowhere else. */
  acquire(metadata?: SessionMetadata): Promise<AcquiredSession>
  /**
   * The session of a token, if the token is one and the session is valid; at once where the store
   * can be read at once, as SQLite can outside of a transaction.
   */
  findByToken(token: unknown): MaybePromise<StoredSession | undefined>
  /** The session with an id, if it is valid. */
  find(id: string): Promise<StoredSession | undefined>
  /** Gives a session a new token and a new end; the presented token goes on for a minute. */
  renew(id: string, presentedToken: unknown): Promise<AcquiredSession>
  /**
   * Gives a session a user, and a new token in place of all others. Unless it had that user already,
   * it goes on under the id in the result, and the one from before is none any more.
   */
  signIn(id: string, userId: string, options?: ChangeUserOptions): Promise<ChangedSession>
  /** Makes a session anonymous again, in the same way. */
  signOut(id: string, options?: ChangeUserOptions): Promise<ChangedSession>
  /**
   * Looks whether a connection is one of the session's that are open here, before credentials are
   * looked at.
   *
   * @throws {CommandError} `conflict`
   */
  requireConnection(id: string, socketId: string): void
  /** Ends a session and its connections; says whether there was one. */
  end(id: string, code?: SessionEndCode): Promise<boolean>
  /** Ends a session that has reached its end; one that was renewed elsewhere goes on. */
  expire(id: string): Promise<void>
  /** Ends the sessions of a user, but for one perhaps; says how many there were. */
  endAllOfUser(userId: string, options?: { except?: string | undefined }): Promise<number>
  /** The sessions of a session's user, the most recently used first; at most 100. */
  listFor(session: StoredSession): Promise<StoredSession[]>
  /** Notes that a session is in use; writes at most once a minute. Returns the noted time. */
  touch(id: string, lastActivityAt: number, now?: number): MaybePromise<number>
  /** Notes that sessions are in use. */
  touchAll(ids: readonly string[]): Promise<void>
  /** Tells the connections of sessions what others have changed about them in the store. */
  review(ids: readonly string[]): Promise<void>
  /**
   * Removes sessions that are over, a bounded number at a time, and none while the system clock is
   * doubted. Returns how many.
   *
   * @param until those that are over by then. @default the present, if the clock is trusted
   */
  sweep(until?: number): Promise<number>
}

/** Creates the sessions over an open store. */
export function createSessions(options: SessionsOptions): Sessions {
  const { database, writeTogether, limits, listener } = options
  const { moment } = options.clock
  const begin = beginIn(options)
  const renew = renewIn(options)
  const replaceUser = replaceUserIn(options)
  const endAll = endIn(options)

  return {
    acquire: async (metadata = {}) => begin(await readMetadata(metadata)),

    findByToken: (token) =>
      isToken(token) ? reachAtOnce(() => selectByToken(database, token, moment())) : undefined,

    find: (id) => reachStore(() => selectById(database, id, moment())),

    async renew(id, presentedToken) {
      const { session, token } = await renew(id, presentedToken)
      listener.changed(session)
      return toAcquired(token, session)
    },

    signIn: async (id, userId, options) => replaceUser(id, requireUserId(userId), options),
    signOut: (id, options) => replaceUser(id, null, options),

    requireConnection(id, socketId) {
      if (listener.has(id, socketId)) return
      throw new CommandError('conflict', 'The session has no such connection here', {
        hint: 'Leave socketId out, and connect with the new token',
      })
    },

    end: async (id, code = 'ended') => (await endAll([id], code)) > 0,

    expire: expireIn(options),

    async endAllOfUser(userId, { except } = {}) {
      const all = await reachStore(() => selectIdsOfUser(database, userId))
      return endAll(
        all.filter((id) => id !== except),
        'ended',
      )
    },

    listFor: (session) =>
      session.userId === null
        ? Promise.resolve([session])
        : reachStore(() => selectByUser(database, session.userId ?? '', moment(), limits)),

    touch(id, lastActivityAt, now = Date.now()) {
      if (now - lastActivityAt < limits.activityResolutionMs) return lastActivityAt
      const touched = writeTogether((transaction) => setActive(transaction, [id], now))
      return touched.then(
        () => now,
        (error: unknown) => {
          if (isCommandError(error) && error.code === 'rate_limited') return lastActivityAt // the next time
          throw error
        },
      )
    },

    touchAll: (ids) => reachStore(() => setActive(database, ids, Date.now())),

    async review(ids) {
      const found = await reachStore(() => selectByIds(database, ids, moment()))
      const valid = new Set(found.map(({ id }) => id))
      const ended = ids.filter((id) => !valid.has(id))
      for (const session of found) listener.changed(session)
      if (ended.length === 0) return
      await nextTurn() // commands that were just read are answered before their connections close
      for (const id of ended) listener.ended(id, 'ended')
    },

    sweep: sweepIn(options),
  }
}

/** Starts one anonymous session. */
function beginIn(options: SessionsOptions) {
  const { writeTogether, limits } = options
  const { moment, endOfLife } = options.clock
  return (metadata: SessionMetadata): Promise<AcquiredSession> =>
    writeTogether(async (transaction) => {
      const { now } = moment()
      const times = { createdAt: now, expiresAt: endOfLife(now), lastActivityAt: now }
      const session = { id: randomUUID(), userId: null, metadata, ...times }
      await insertSession(transaction, session)
      return toAcquired(await issueToken(transaction, session.id, now, limits), session)
    })
}

/** Gives one session a later end and a new token. */
function renewIn(options: SessionsOptions) {
  const { renewedTokenGraceMs } = options.limits
  const change = changeIn(options, options.writeTogether)
  return (id: string, presentedToken: unknown) =>
    change(id, async (transaction, before, times) => {
      const session = { ...before, ...times }
      await updateSession(transaction, session)
      if (isToken(presentedToken)) {
        // A limit may be Infinity.
        const end = times.lastActivityAt + renewedTokenGraceMs
        const validUntil = Math.min(end, Number.MAX_SAFE_INTEGER)
        await shortenToken(transaction, presentedToken, validUntil)
      }
      return session
    })
}

/** Gives one session another user, and closes its other connections once that is committed. */
function replaceUserIn(options: SessionsOptions) {
  const { database, listener } = options
  // Alone, since others that share a transaction were decided upon for the user from before.
  const change = changeIn(options, (write) =>
    reachStore(() => database.transaction().execute(write)),
  )
  return async (
    id: string,
    userId: string | null,
    { socketId }: ChangeUserOptions = {},
  ): Promise<ChangedSession> => {
    const resume = listener.suspended(id, socketId)
    const changed = await change(id, (transaction, before, times) =>
      changeUser(transaction, before, userId, times),
    ).catch((error: unknown) => {
      resume()
      throw error
    })
    const { session, token } = changed
    listener.moved(id, session, socketId)
    return { ...toAcquired(token, session), id: session.id, userId }
  }
}

/** Changes one session and gives it a new token, in one transaction. */
function changeIn({ clock, limits }: SessionsOptions, transact: WriteTogether) {
  const { moment, endOfLife } = clock
  return (
    id: string,
    apply: (
      transaction: Database,
      before: StoredSession,
      times: Pick<StoredSession, 'expiresAt' | 'lastActivityAt'>,
    ) => Promise<StoredSession>,
  ): Promise<{ session: StoredSession; token: string }> =>
    transact(async (transaction) => {
      const current = moment()
      const { now } = current
      const before = await selectById(transaction, id, current)
      if (!before) throw invalidToken()
      const times = { expiresAt: endOfLife(now), lastActivityAt: now }
      const session = await apply(transaction, before, times)
      return { session, token: await issueToken(transaction, session.id, now, limits) }
    })
}

function toAcquired(token: string, { expiresAt }: StoredSession): AcquiredSession {
  return { token, expiresAt: new Date(expiresAt).toISOString() }
}
