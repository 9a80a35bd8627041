import { invalidToken } from '../../shared/invalidToken.js'
import { toSession } from '../sessionRow.js'
import type { SessionRow } from '../sessionRow.js'
import type { StoredSession } from '../store.js'
import type { PostgresBatch } from './postgresBatch.js'
import {
  deleteSessions,
  deleteTokens,
  insertSession,
  insertToken,
  isValid,
  shortenToken,
  updateTimes,
} from './sessionStatements.js'
import { beginningAgain } from '../beginningAgain.js'
import type { PostgresWrites } from './postgresWrites.js'

/** Writes of sessions, by name. Those that change a session have locked it before they read it. */
export const sessionWrites: Pick<
  PostgresWrites,
  | 'beginSession'
  | 'renewSession'
  | 'changeUser'
  | 'findCommitted'
  | 'touchSessions'
  | 'endSessions'
  | 'removeSessions'
> = {
  async beginSession(batch, { id, metadata, tokenHash }) {
    const { query, moment, deps } = batch
    const { now } = moment
    const times = { createdAt: now, expiresAt: deps.clock.endOfLife(now), lastActivityAt: now }
    const session = { id, userId: null, metadata, ...times }
    await insertSession(query, session, tokenHash)
    return session
  },

  async renewSession(batch, { id, newHash, presentedHash }) {
    const { query, moment, deps } = batch
    const session = { ...(await requireSession(batch, id)), ...timesFrom(batch) }
    batch.news.sessions.add(id)
    await updateTimes(query, session)
    if (presentedHash !== undefined) {
      // The limit may be Infinity.
      const graceEnd = moment.now + deps.limits.renewedTokenGraceMs
      await shortenToken(query, presentedHash, Math.min(graceEnd, Number.MAX_SAFE_INTEGER))
    }
    await insertToken(query, { tokenHash: newHash, sessionId: id }, tokenBounds(batch))
    return session
  },

  async changeUser(batch, { id, newId, userId, tokenHash }) {
    const before = await requireSession(batch, id)
    batch.news.ended.add(id)
    if (before.userId !== userId) batch.news.continued.add(id)
    return changeUser(batch, before, { userId, newId, tokenHash })
  },

  findCommitted: (batch, id) => selectById(batch, id),

  async touchSessions({ query }, { ids, now }) {
    await query(
      // A process that stood still may be late.
      `update yektayar.sessions set last_activity_at = $2
       where id = any($1) and last_activity_at < $2`,
      [ids, now],
    )
  },

  endSessions({ query, news }, ids) {
    for (const id of ids) news.ended.add(id)
    return deleteSessions(query, ids)
  },

  async removeSessions({ query, news, deps }, now) {
    const { activeSince } = deps.clock.moment(now)
    const over = await query<{ id: string }>(
      `select id from yektayar.sessions where expires_at <= $1 or last_activity_at <= $2
       limit $3 for update skip locked`,
      [now, Math.floor(activeSince), deps.limits.sweepBatchSize],
    )
    const ids = over.map(({ id }) => id)
    for (const id of ids) news.ended.add(id)
    return deleteSessions(query, ids)
  },
}

async function selectById(
  { query, deps }: PostgresBatch,
  id: string,
): Promise<StoredSession | undefined> {
  const idleMs = Number.isFinite(deps.idleMs) ? deps.idleMs : null
  const [row] = await query<SessionRow>(
    `select * from yektayar.sessions where id = $1 and ${isValid('$2')}`,
    [id, idleMs],
  )
  return row && toSession(row)
}

/** @throws {CommandError} `token_invalid` */
async function requireSession(batch: PostgresBatch, id: string): Promise<StoredSession> {
  const session = await selectById(batch, id)
  if (session) return session
  throw invalidToken()
}

/** The times of a session that is renewed now. */
function timesFrom({ moment: { now }, deps }: PostgresBatch) {
  return { expiresAt: deps.clock.endOfLife(now), lastActivityAt: now }
}

function tokenBounds({ moment: { now }, deps }: PostgresBatch) {
  return { now, maxTokens: deps.limits.maxTokensPerSession }
}

/**
 * Sets or removes the user of a session, and replaces all its tokens by a new one.
 *
 * A change of user starts another session with a new id, so that knowledge of the old session, such
 * as its token, is useless (session fixation). Outboxes of an anonymous session move to the new
 * session, so that queued items are delivered once. Outboxes of a user stay with the removed
 * session, so that none of their items runs as the next user; their answers and the messages of the
 * old session's room are removed.
 */
async function changeUser(
  batch: PostgresBatch,
  before: StoredSession,
  { userId, newId, tokenHash }: { userId: string | null; newId: string; tokenHash: string },
): Promise<StoredSession> {
  const { query } = batch
  const times = timesFrom(batch)
  if (before.userId === userId) {
    const createdAt = beginningAgain(before, times.lastActivityAt)
    const same = { ...before, ...times, createdAt }
    await updateTimes(query, same)
    await deleteTokens(query, [before.id])
    await insertToken(query, { tokenHash, sessionId: before.id }, tokenBounds(batch))
    return same
  }
  const session = { ...before, ...times, id: newId, userId, createdAt: times.lastActivityAt }
  await insertSession(query, session, tokenHash)
  await query('update yektayar.known_sessions set session_id = $2 where session_id = $1', [
    before.id,
    newId,
  ])
  // Locked in the order of their keys, as every transaction does.
  await query('select 1 from yektayar.outboxes where session_id = $1 order by id for update', [
    before.id,
  ])
  if (before.userId === null) {
    await query('update yektayar.outboxes set session_id = $2 where session_id = $1', [
      before.id,
      newId,
    ])
  } else {
    await query(
      `delete from yektayar.outbox_answers where outbox_id in
         (select id from yektayar.outboxes where session_id = $1)`,
      [before.id],
    )
    const room = `session:${before.id}`
    await query('delete from yektayar.rooms where name = $1', [room])
    await query('delete from yektayar.room_messages where room = $1', [room])
  }
  await deleteSessions(query, [before.id])
  return session
}
