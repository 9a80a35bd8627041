import { sql } from 'kysely'
import type { Limits } from '../../shared/limits.js'
import { whenSettled } from '../../shared/maybePromise.js'
import type { MaybePromise } from '../../shared/maybePromise.js'
import { compileOnce } from './compileOnce.js'
import { isOneOf, isOneOfJson } from './isOneOf.js'
import { joinRows, splitRows } from './joinedRows.js'
import type { JoinedRows } from './joinedRows.js'
import type { Database } from './openDatabase.js'
import type { Moment } from '../sessionClock.js'
import { toSession } from '../sessionRow.js'
import type { SessionRow } from '../sessionRow.js'
import type { StoredSession } from '../store.js'

/** Inserts a new session. */
export async function insertSession(
  database: Database,
  { id, userId, metadata, createdAt, expiresAt, lastActivityAt }: StoredSession,
): Promise<void> {
  await database
    .insertInto('sessions')
    .values({
      id,
      user_id: userId,
      metadata: JSON.stringify(metadata),
      created_at: createdAt,
      expires_at: expiresAt,
      last_activity_at: lastActivityAt,
    })
    .execute()
}

/** Updates a session's user and times. */
export async function updateSession(
  database: Database,
  { id, userId, createdAt, expiresAt, lastActivityAt }: StoredSession,
): Promise<void> {
  await database
    .updateTable('sessions')
    .set({
      user_id: userId,
      created_at: createdAt,
      expires_at: expiresAt,
      last_activity_at: lastActivityAt,
    })
    .where('id', '=', id)
    .execute()
}

/** Records activity of sessions. */
export async function setActive(
  database: Database,
  ids: readonly string[],
  now: number,
): Promise<void> {
  if (ids.length === 0) return
  await database
    .updateTable('sessions')
    .set({ last_activity_at: now })
    .where(isOneOf('id', ids))
    .where('last_activity_at', '<', now) // a process that stood still may be late
    .execute()
}

/** Adds a token to a session; removes the oldest tokens beyond the limit. */
export async function insertToken(
  database: Database,
  { tokenHash, sessionId }: { tokenHash: string; sessionId: string },
  now: number,
  { maxTokensPerSession }: Limits,
): Promise<void> {
  const surplus = database
    .selectFrom('session_tokens')
    .select('token_hash')
    .where('session_id', '=', sessionId)
    .orderBy('created_at', 'desc')
    .limit(maxTokensPerSession) // SQLite needs a limit before an offset
    .offset(maxTokensPerSession - 1)
  await database
    .deleteFrom('session_tokens')
    .where('session_id', '=', sessionId)
    .where((row) => row.or([row('valid_until', '<=', now), row('token_hash', 'in', surplus)]))
    .execute()
  await database
    .insertInto('session_tokens')
    .values({
      token_hash: tokenHash,
      session_id: sessionId,
      created_at: now,
      valid_until: null,
    })
    .execute()
}

/** Makes a token expire before its session; one that expires sooner anyway stays unchanged. */
export async function shortenToken(
  database: Database,
  tokenHash: string,
  validUntil: number,
): Promise<void> {
  await database
    .updateTable('session_tokens')
    .set({ valid_until: validUntil })
    .where('token_hash', '=', tokenHash)
    .where((row) => row.or([row('valid_until', 'is', null), row('valid_until', '>', validUntil)]))
    .execute()
}

/** Removes all tokens of a session. */
export async function deleteTokens(database: Database, sessionId: string): Promise<void> {
  await database.deleteFrom('session_tokens').where('session_id', '=', sessionId).execute()
}

/** The valid session of a token. */
export function selectByToken(
  database: Database,
  tokenHash: string,
  { now, activeSince }: Moment,
): MaybePromise<StoredSession | undefined> {
  const found = runSelectByToken(database, { now, activeSince, hash: tokenHash })
  return whenSettled(found, (rows) => {
    const [session] = splitRows<SessionColumns>(rows)
    return session && fromColumns(session)
  })
}

const runSelectByToken = compileOnce<Moment & { hash: string }, JoinedRows>((database, value) =>
  selectValid(database, { now: value('now'), activeSince: value('activeSince') })
    .clearSelect()
    .select(joinRows(...sessionColumns.map((column) => `sessions.${column}`)))
    .innerJoin('session_tokens', 'session_tokens.session_id', 'sessions.id')
    .where('session_tokens.token_hash', '=', value('hash'))
    .where((token) =>
      token.or([
        token('session_tokens.valid_until', 'is', null),
        token('session_tokens.valid_until', '>', value('now')),
      ]),
    )
    .limit(sql.lit(1)),
)

/** The valid session with an id. */
export async function selectById(
  database: Database,
  id: string,
  moment: Moment,
): Promise<StoredSession | undefined> {
  const row = await selectValid(database, moment).where('sessions.id', '=', id).executeTakeFirst()
  return row && toSession(row)
}

/** The valid sessions with these ids. */
export async function selectByIds(
  database: Database,
  ids: readonly string[],
  moment: Moment,
): Promise<StoredSession[]> {
  const rows = await selectValid(database, moment).where(isOneOf('sessions.id', ids)).execute()
  return rows.map(toSession)
}

/** The users of the valid sessions with these ids, by session id. */
export async function selectUsers(
  database: Database,
  ids: readonly string[],
  moment: Moment,
): Promise<ReadonlyMap<string, string | null>> {
  const found = await runSelectUsers(database, { ...moment, ids: JSON.stringify(ids) })
  return new Map(splitRows<[string, string | null]>(found))
}

const runSelectUsers = compileOnce<Moment & { ids: string }, JoinedRows>((database, value) =>
  selectValid(database, { now: value('now'), activeSince: value('activeSince') })
    .clearSelect()
    .select(joinRows('id', 'user_id'))
    .where(isOneOfJson('sessions.id', value('ids'))),
)

/** The valid sessions of a user, the most recently used first. */
export async function selectByUser(
  database: Database,
  userId: string,
  moment: Moment,
  { maxListedSessions }: Limits,
): Promise<StoredSession[]> {
  const rows = await selectValid(database, moment)
    .where('user_id', '=', userId)
    .orderBy('last_activity_at', 'desc')
    .limit(maxListedSessions)
    .execute()
  return rows.map(toSession)
}

/** The ids of all sessions of a user, valid or not. */
export async function selectIdsOfUser(database: Database, userId: string): Promise<string[]> {
  const rows = await database
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .execute()
  return rows.map(({ id }) => id)
}

/** Removes sessions with their tokens. Returns how many. */
export async function deleteSessions(database: Database, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  await database.deleteFrom('session_tokens').where(isOneOf('session_id', ids)).execute()
  const result = await database.deleteFrom('sessions').where(isOneOf('id', ids)).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/**
 * Removes a bounded number of expired sessions with their tokens. Returns their ids.
 */
export async function deleteOver(
  database: Database,
  { now, activeSince }: Moment,
  { sweepBatchSize }: Limits,
): Promise<string[]> {
  const over = database
    .selectFrom('sessions')
    .select('id')
    .where((row) =>
      row.or([row('expires_at', '<=', now), row('last_activity_at', '<=', activeSince)]),
    )
    .limit(sweepBatchSize)
  const deleted = await database
    .deleteFrom('sessions')
    .where('id', 'in', over)
    .returning('id')
    .execute()
  const gone = deleted.map(({ id }) => id)
  if (gone.length > 0) {
    await database.deleteFrom('session_tokens').where(isOneOf('session_id', gone)).execute()
  }
  return gone
}

function selectValid(database: Database, { now, activeSince }: Moment) {
  return database
    .selectFrom('sessions')
    .selectAll('sessions')
    .where('expires_at', '>', now)
    .where('last_activity_at', '>', activeSince)
}

const sessionColumns = [
  'id',
  'user_id',
  'metadata',
  'created_at',
  'expires_at',
  'last_activity_at',
] as const

type ColumnsOf<Names extends readonly (keyof SessionRow)[]> = {
  readonly [Index in keyof Names]: SessionRow[Names[Index]]
}
type SessionColumns = ColumnsOf<typeof sessionColumns>

function fromColumns(columns: SessionColumns): StoredSession {
  const [id, user_id, metadata, created_at, expires_at, last_activity_at] = columns
  return toSession({ id, user_id, metadata, created_at, expires_at, last_activity_at })
}
