import type {
  AcquiredSession,
  ChangedSession,
  SessionEndCode,
  SessionMetadata,
} from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import { commandErrorOf, isCommandError } from '../shared/commandError.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { nextTurn } from '../shared/nextTurn.js'
import { endIn, expireIn, sweepIn } from './endSessions.js'
import { reachAtOnce, reachStore } from './reachStore.js'
import { readMetadata } from './readMetadata.js'
import type { SessionsDeps } from './sessionListener.js'
import type { StoredSession } from '../store/store.js'
import { createToken, hashToken, isToken } from './token.js'
import { requireUserId } from './userId.js'

/** The connection on which a user signs in or out. */
interface ChangeUserOptions {
  /** The Socket.IO id of the one connection that stays open. @default all are closed */
  socketId?: string | undefined
}

/**
 * The sessions of the store.
 *
 * Every method throws `CommandError`: `store_unavailable` when the store fails, `rate_limited` when
 * its queue is full, `token_invalid` for a session that is required but not valid, and
 * `invalid_input` for a value of the wrong type.
 */
export interface Sessions {
  /** Starts an anonymous session. Only the result contains the token; the store keeps its hash. */
  acquire(metadata?: SessionMetadata): Promise<AcquiredSession>
  /**
   * The session of a token, if the token is well-formed and the session is valid. Synchronous if
   * the store can be read synchronously, as SQLite can outside of a transaction.
   */
  findByToken(token: unknown): MaybePromise<StoredSession | undefined>
  /** The session with an id, if it is valid. */
  find(id: string): Promise<StoredSession | undefined>
  /** Gives a session a new token and a later expiry. The presented token works one minute longer. */
  renew(id: string, presentedToken: unknown): Promise<AcquiredSession>
  /**
   * Gives a session a user, and a new token in place of all others. Unless it had that user already,
   * it continues under the new id in the result, and the old id becomes invalid.
   */
  signIn(id: string, userId: string, options?: ChangeUserOptions): Promise<ChangedSession>
  /** Makes a session anonymous again, in the same way. */
  signOut(id: string, options?: ChangeUserOptions): Promise<ChangedSession>
  /**
   * Checks that the session has this connection open on this node. Called before credentials are
   * checked.
   *
   * @throws {CommandError} `conflict`
   */
  requireConnection(id: string, socketId: string): void
  /** Ends a session and its connections. Returns whether the session existed. */
  end(id: string, code?: SessionEndCode): Promise<boolean>
  /** Ends the connections of an expired session, unless it was renewed elsewhere. */
  expire(id: string): Promise<void>
  /** Ends the sessions of a user, optionally all except one. Returns how many. */
  endAllOfUser(userId: string, options?: { except?: string | undefined }): Promise<number>
  /**
   * The sessions of a user, the most recently used first; at most 100.
   *
   * @throws {CommandError} `invalid_input` for what is no user id
   */
  ofUser(userId: string): Promise<StoredSession[]>
  /** The sessions of a session's user, the most recently used first; at most 100. */
  listFor(session: StoredSession): Promise<StoredSession[]>
  /**
   * Records activity of a session, unless the last record is younger than `activityResolutionMs`.
   * Returns the recorded time.
   */
  touch(id: string, lastActivityAt: number, now?: number): MaybePromise<number>
  /** Records activity of sessions. */
  touchAll(ids: readonly string[]): Promise<void>
  /**
   * Applies changes of other processes to the connections of sessions.
   *
   * @param continued ids of sessions that were given another id, by a change of user. @default none
   */
  review(ids: readonly string[], continued?: ReadonlySet<string>): Promise<void>
  /**
   * Removes expired sessions, a bounded number per call, and none while the system clock is in
   * doubt. Returns how many.
   *
   * @param until removes sessions that expired before. @default now, if the clock is trusted
   */
  sweep(until?: number): Promise<number>
}

/** Creates the sessions over an open store. */
export function createSessions(deps: SessionsDeps): Sessions {
  const { store, limits, listener } = deps
  const { sessions } = store
  const endAll = endIn(deps)

  return {
    async acquire(metadata = {}) {
      const checked = await readMetadata(metadata)
      const token = createToken()
      return toAcquired(token, await sessions.begin(checked, hashToken(token)))
    },

    findByToken: (token) =>
      isToken(token) ? reachAtOnce(() => sessions.findByToken(hashToken(token))) : undefined,

    find: (id) => reachStore(() => sessions.find(id)),

    async renew(id, presentedToken) {
      const token = createToken()
      const presentedHash = isToken(presentedToken) ? hashToken(presentedToken) : undefined
      const session = await sessions.renew(id, { newHash: hashToken(token), presentedHash })
      listener.changed(session)
      return toAcquired(token, session)
    },

    signIn: async (id, userId, change) => changeUser(deps, id, requireUserId(userId), change),
    signOut: (id, change) => changeUser(deps, id, null, change),

    requireConnection(id, socketId) {
      if (listener.has(id, socketId)) return
      throw commandErrorOf(refusals.noSuchConnection)
    },

    end: async (id, code = 'ended') => (await endAll([id], code)) > 0,

    expire: expireIn(deps),

    async endAllOfUser(userId, { except } = {}) {
      const all = await reachStore(() => sessions.idsOfUser(requireUserId(userId)))
      return endAll(
        all.filter((id) => id !== except),
        'ended',
      )
    },

    ofUser: async (userId) => reachStore(() => sessions.ofUser(requireUserId(userId))),

    listFor: (session) => {
      const { userId } = session
      return userId === null
        ? Promise.resolve([session])
        : reachStore(() => sessions.ofUser(userId))
    },

    touch(id, lastActivityAt, now = store.now()) {
      if (now - lastActivityAt < limits.activityResolutionMs) return lastActivityAt
      return sessions.touch([id], now).then(
        () => now,
        (error: unknown) => {
          if (isCommandError(error) && error.code === 'rate_limited') return lastActivityAt // written next time
          throw error
        },
      )
    },

    touchAll: (ids) => reachStore(() => sessions.touch(ids, store.now())),

    async review(ids, continued) {
      const found = await reachStore(() => sessions.findAll(ids))
      const valid = new Set(found.map(({ id }) => id))
      const ended = ids.filter((id) => !valid.has(id))
      for (const session of found) listener.changed(session)
      if (ended.length === 0) return
      await nextTurn() // answer commands that were just read before their connections close
      for (const id of ended) listener.ended(id, continued?.has(id) ? 'changed' : 'ended')
    },

    sweep: sweepIn(deps),
  }
}

/** Gives one session another user, and closes its other connections once that is committed. */
async function changeUser(
  { store, listener }: SessionsDeps,
  id: string,
  userId: string | null,
  { socketId }: ChangeUserOptions = {},
): Promise<ChangedSession> {
  const resume = listener.suspended(id, socketId)
  const token = createToken()
  const change = { userId, tokenHash: hashToken(token) }
  const session = await reachStore(() => store.sessions.changeUser(id, change)).catch(
    (error: unknown) => {
      resume()
      throw error
    },
  )
  listener.moved(id, session, socketId)
  return { ...toAcquired(token, session), id: session.id, userId }
}

function toAcquired(token: string, { expiresAt }: StoredSession): AcquiredSession {
  return { token, expiresAt: new Date(expiresAt).toISOString() }
}
