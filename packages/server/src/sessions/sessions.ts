import { randomUUID } from 'node:crypto'
import { SessionMetadata, validate } from '@yektayar/protocol'
import type { AcquiredSession, ChangedSession, SessionEndCode } from '@yektayar/protocol'
import { CommandError } from '../commandError.js'
import type { Limits } from '../limits.js'
import { nextTurn } from '../nextTurn.js'
import { isPromise } from '../whenSettled.js'
import type { MaybePromise } from '../whenSettled.js'
import type { Database } from '../store/openDatabase.js'
import { StoreValueError } from '../store/storeValueError.js'
import { invalidToken } from './authenticate.js'
import {
  deleteSessions,
  deleteTokens,
  insertSession,
  issueToken,
  selectById,
  selectByIds,
  selectByToken,
  selectByUser,
  selectIdsOfUser,
  selectOver,
  setActive,
  shortenToken,
  updateSession,
} from './sessionQueries.js'
import type { SessionClock } from './sessionClock.js'
import type { StoredSession } from './sessionQueries.js'
import { isToken } from './token.js'
import { isUserId } from './userId.js'

/** What has to be told to the connections of a session. */
export interface SessionListener {
  /** The session has another user, or a later end. */
  changed(session: StoredSession): void
  /** Nothing of the session may take effect any more; the returned function takes that back. */
  suspended(id: string): () => void
  /** The session is over. */
  ended(id: string, code: SessionEndCode): void
}

/** What `createSessions` needs. */
export interface SessionsOptions {
  database: Database
  clock: SessionClock
  listener: SessionListener
  limits: Limits
}

/**
 * The sessions of the store.
 *
 * Every method throws `CommandError` `store_unavailable` when the store fails, `token_invalid` for a
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
  /** Gives a session a user, and a new token in place of all others; its connections go on. */
  signIn(id: string, userId: string): Promise<ChangedSession>
  /** Makes a session anonymous again, with a new token in place of all others. */
  signOut(id: string): Promise<ChangedSession>
  /** Ends a session and its connections; says whether there was one. */
  end(id: string, code?: SessionEndCode): Promise<boolean>
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
  /** Removes sessions that are over, a bounded number at a time. Returns how many. */
  sweep(): Promise<number>
}

/** Creates the sessions over an open store. */
export function createSessions(options: SessionsOptions): Sessions {
  const { database, limits, listener } = options
  const { moment } = options.clock
  const begin = beginIn(options)
  const change = changeIn(options)
  const endAll = endIn(options)

  async function replaceTokens(id: string, userId: string | null): Promise<ChangedSession> {
    const { session, acquired } = await change(id, { userId }, (transaction) =>
      deleteTokens(transaction, id),
    )
    listener.changed(session)
    return { ...acquired, userId }
  }

  return {
    acquire: async (metadata = {}) => begin(await readMetadata(metadata)),

    findByToken: (token) =>
      isToken(token) ? reachAtOnce(() => selectByToken(database, token, moment())) : undefined,

    find: (id) => reachStore(() => selectById(database, id, moment())),

    async renew(id, presentedToken) {
      const { session, acquired } = await change(id, {}, async (transaction, now) => {
        if (!isToken(presentedToken)) return
        await shortenToken(transaction, presentedToken, now + limits.renewedTokenGraceMs)
      })
      listener.changed(session)
      return acquired
    },

    async signIn(id, userId) {
      if (!isUserId(userId)) throw new CommandError('invalid_input', 'This is not the id of a user')
      return replaceTokens(id, userId)
    },
    signOut: (id) => replaceTokens(id, null),

    end: async (id, code = 'ended') => (await endAll([id], code)) > 0,

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
      return reachStore(() => setActive(database, [id], now)).then(() => now)
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

    sweep: () =>
      reachStore(async () => {
        const ids = await selectOver(database, moment(), limits)
        return database.transaction().execute((transaction) => deleteSessions(transaction, ids))
      }),
  }
}

/** Starts one anonymous session. */
function beginIn(options: SessionsOptions) {
  const { database, limits } = options
  const { moment, endOfLife } = options.clock
  return (metadata: SessionMetadata): Promise<AcquiredSession> =>
    reachStore(async () => {
      const { now } = moment()
      const times = { createdAt: now, expiresAt: endOfLife(now), lastActivityAt: now }
      const session = { id: randomUUID(), userId: null, metadata, ...times }
      const token = await database.transaction().execute(async (transaction) => {
        await insertSession(transaction, session)
        return issueToken(transaction, session.id, now, limits)
      })
      return toAcquired(token, session)
    })
}

/** Changes one session and gives it a new token, in one transaction. */
function changeIn(options: SessionsOptions) {
  const { database, limits } = options
  const { moment, endOfLife } = options.clock
  return (
    id: string,
    fields: { userId?: string | null },
    retireTokens: (transaction: Database, now: number) => Promise<void>,
  ): Promise<{ session: StoredSession; acquired: AcquiredSession }> =>
    reachStore(() =>
      database.transaction().execute(async (transaction) => {
        const current = moment()
        const before = await selectById(transaction, id, current)
        if (!before) throw invalidToken()
        const times = { expiresAt: endOfLife(current.now), lastActivityAt: current.now }
        const session = { ...before, ...fields, ...times }
        await updateSession(transaction, session)
        await retireTokens(transaction, current.now)
        const token = await issueToken(transaction, id, current.now, limits)
        return { session, acquired: toAcquired(token, session) }
      }),
    )
}

/** Ends sessions in the store, and their connections once that is committed. */
function endIn({ database, listener }: SessionsOptions) {
  return async (ids: readonly string[], code: SessionEndCode): Promise<number> => {
    const resumes = ids.map((id) => listener.suspended(id))
    try {
      const count = await reachStore(() =>
        database.transaction().execute((transaction) => deleteSessions(transaction, ids)),
      )
      for (const id of ids) listener.ended(id, code)
      return count
    } catch (error) {
      for (const resume of resumes) resume()
      throw error
    }
  }
}

/** Metadata as it can be stored; a fact that is `undefined` is left out. */
async function readMetadata(metadata: unknown): Promise<SessionMetadata> {
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
  const facts = isObject && Object.entries(metadata).filter(([, fact]) => fact !== undefined)
  const checked = await validate(SessionMetadata, facts ? Object.fromEntries(facts) : metadata)
  if (checked.ok) return checked.value
  throw new CommandError('invalid_input', 'The metadata is not flat JSON', {
    data: { issues: checked.issues },
  })
}

function toAcquired(token: string, { expiresAt }: StoredSession): AcquiredSession {
  return { token, expiresAt: new Date(expiresAt).toISOString() }
}

async function reachStore<Result>(query: () => Promise<Result>): Promise<Result> {
  try {
    return await query()
  } catch (error) {
    throw unreached(error)
  }
}

/** The same for what may be there at once. */
function reachAtOnce<Result>(query: () => MaybePromise<Result>): MaybePromise<Result> {
  try {
    const result = query()
    return isPromise(result) ? reachStore(() => Promise.resolve(result)) : result
  } catch (error) {
    throw unreached(error)
  }
}

function unreached(cause: unknown): CommandError {
  if (cause instanceof CommandError) return cause
  if (cause instanceof StoreValueError) return new CommandError('invalid_input', cause.message)
  return new CommandError('store_unavailable', 'The session store cannot be reached', {
    hint: 'Try again in a moment',
    cause,
  })
}
