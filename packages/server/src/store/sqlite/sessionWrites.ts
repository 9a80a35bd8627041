import type { SessionMetadata } from '@yektayar/protocol'
import { invalidToken } from '../../shared/invalidToken.js'
import type { StoredSession } from '../store.js'
import type { Batch } from './batch.js'
import { changeUser } from './changeUser.js'
import {
  deleteOver,
  deleteSessions,
  insertSession,
  insertToken,
  selectById,
  setActive,
  shortenToken,
  updateSession,
} from './sessionQueries.js'

/** Writes of sessions, by name. */
export const sessionWrites = {
  async beginSession(
    { transaction, news, moment: { now }, deps: { clock, limits } }: Batch,
    { id, metadata, tokenHash }: { id: string; metadata: SessionMetadata; tokenHash: string },
  ): Promise<StoredSession> {
    const times = { createdAt: now, expiresAt: clock.endOfLife(now), lastActivityAt: now }
    const session = { id, userId: null, metadata, ...times }
    news.other()
    await insertSession(transaction, session)
    await insertToken(transaction, { tokenHash, sessionId: id }, now, limits)
    return session
  },

  /** @throws {CommandError} `token_invalid` */
  async renewSession(
    batch: Batch,
    change: { id: string; newHash: string; presentedHash: string | undefined },
  ): Promise<StoredSession> {
    const { id, newHash, presentedHash } = change
    const { transaction, moment, deps } = batch
    const { now } = moment
    const { limits } = deps
    const session = { ...(await requireSession(batch, id)), ...timesFrom(batch) }
    batch.news.session(id)
    await updateSession(transaction, session)
    if (presentedHash !== undefined) {
      // The limit may be Infinity.
      const validUntil = Math.min(now + limits.renewedTokenGraceMs, Number.MAX_SAFE_INTEGER)
      await shortenToken(transaction, presentedHash, validUntil)
    }
    await insertToken(transaction, { tokenHash: newHash, sessionId: id }, now, limits)
    return session
  },

  /** @throws {CommandError} `token_invalid` */
  async changeUser(
    batch: Batch,
    change: { id: string; newId: string; userId: string | null; tokenHash: string },
  ): Promise<StoredSession> {
    const { transaction, moment, deps } = batch
    const before = await requireSession(batch, change.id)
    batch.news.session(change.id)
    if (before.userId !== change.userId) batch.news.continued(change.id)
    const session = await changeUser(transaction, before, change, timesFrom(batch))
    const token = { tokenHash: change.tokenHash, sessionId: session.id }
    await insertToken(transaction, token, moment.now, deps.limits)
    return session
  },

  /** Reads a session while holding the write lock, so that every other transaction has ended. */
  findCommitted: ({ transaction, moment }: Batch, id: string): Promise<StoredSession | undefined> =>
    selectById(transaction, id, moment),

  touchSessions(
    { transaction, news }: Batch,
    { ids, now }: { ids: readonly string[]; now: number },
  ): Promise<void> {
    news.other()
    return setActive(transaction, ids, now)
  },

  endSessions({ transaction, news }: Batch, ids: readonly string[]): Promise<number> {
    for (const id of ids) news.session(id)
    return deleteSessions(transaction, ids)
  },

  async removeSessions({ transaction, news, deps }: Batch, now: number): Promise<number> {
    const ids = await deleteOver(transaction, deps.clock.moment(now), deps.limits)
    for (const id of ids) news.session(id)
    return ids.length
  },
}

async function requireSession({ transaction, moment }: Batch, id: string): Promise<StoredSession> {
  const session = await selectById(transaction, id, moment)
  if (session) return session
  throw invalidToken()
}

/** The times of a session that is renewed now. */
function timesFrom({ moment: { now }, deps }: Batch) {
  return { expiresAt: deps.clock.endOfLife(now), lastActivityAt: now }
}
