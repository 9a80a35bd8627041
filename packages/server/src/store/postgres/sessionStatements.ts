import type { StoredSession } from '../store.js'
import type { Query } from './query.js'

/**
 * Whether a session is valid by the clock of the database.
 *
 * @param idleMs the parameter with how long a session may be idle; null for no limit
 */
export function isValid(idleMs: string): string {
  return `sessions.expires_at > yektayar.now_ms() and (${idleMs}::bigint is null
    or sessions.last_activity_at > yektayar.now_ms() - ${idleMs}::bigint)`
}

/** Inserts a new session, with its first token. */
export async function insertSession(
  query: Query,
  session: StoredSession,
  tokenHash: string,
): Promise<void> {
  const { id, userId, metadata, createdAt, expiresAt, lastActivityAt } = session
  await query(
    `with session as (
       insert into yektayar.sessions
         (id, user_id, metadata, created_at, expires_at, last_activity_at)
       values ($1, $2, $3, $4, $5, $6))
     insert into yektayar.session_tokens (token_hash, session_id, created_at)
       values ($7, $1, $8)`,
    [id, userId, JSON.stringify(metadata), createdAt, expiresAt, lastActivityAt].concat(
      tokenHash,
      lastActivityAt,
    ),
  )
}

/** Updates a session's times. */
export async function updateTimes(
  query: Query,
  { id, createdAt, expiresAt, lastActivityAt }: StoredSession,
): Promise<void> {
  await query(
    `update yektayar.sessions set created_at = $2, expires_at = $3, last_activity_at = $4
     where id = $1`,
    [id, createdAt, expiresAt, lastActivityAt],
  )
}

/** Adds a token to a session; removes those that have expired, and the oldest beyond the limit. */
export async function insertToken(
  query: Query,
  { tokenHash, sessionId }: { tokenHash: string; sessionId: string },
  { now, maxTokens }: { now: number; maxTokens: number },
): Promise<void> {
  await query(
    `delete from yektayar.session_tokens where session_id = $1 and (valid_until <= $2
       or token_hash in (select token_hash from yektayar.session_tokens where session_id = $1
         order by created_at desc offset $3))`,
    [sessionId, now, maxTokens - 1],
  )
  await query(
    `insert into yektayar.session_tokens (token_hash, session_id, created_at) values ($1, $2, $3)`,
    [tokenHash, sessionId, now],
  )
}

/** Makes a token expire before its session; one that expires sooner anyway stays unchanged. */
export async function shortenToken(
  query: Query,
  tokenHash: string,
  validUntil: number,
): Promise<void> {
  await query(
    `update yektayar.session_tokens set valid_until = $2
     where token_hash = $1 and (valid_until is null or valid_until > $2)`,
    [tokenHash, validUntil],
  )
}

/** Removes all tokens of sessions. */
export async function deleteTokens(query: Query, sessionIds: readonly string[]): Promise<void> {
  await query('delete from yektayar.session_tokens where session_id = any($1)', [sessionIds])
}

/** Removes sessions with their tokens. Returns how many. */
export async function deleteSessions(query: Query, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  await deleteTokens(query, ids)
  const deleted = await query('delete from yektayar.sessions where id = any($1) returning id', [
    ids,
  ])
  return deleted.length
}
