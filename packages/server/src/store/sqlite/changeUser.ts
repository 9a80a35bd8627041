import { deleteRoom } from './deleteRoom.js'
import type { Database } from './openDatabase.js'
import { deleteAnswers, moveOutboxes } from './sessionOutboxes.js'
import { deleteSessions, deleteTokens, insertSession, updateSession } from './sessionQueries.js'
import type { StoredSession } from '../store.js'

/**
 * Gives a session a user, or none. All tokens from before are gone, so the caller has to issue one.
 *
 * Another user begins another session, with an id of its own: what somebody has learned of the old
 * one, by its token or its connections, leads nowhere. Outboxes of an anonymous session go along, so
 * that what is queued is delivered once. Those of a user stay with the session that is gone, so that
 * nothing of them runs as the next person, and what could be read of that user is removed.
 *
 * @param transaction in which all of it happens
 * @param change the new user, and the id of the session that begins if there is another one
 * @param times of the session from now on
 */
export async function changeUser(
  transaction: Database,
  before: StoredSession,
  { userId, newId }: { userId: string | null; newId: string },
  times: Pick<StoredSession, 'expiresAt' | 'lastActivityAt'>,
): Promise<StoredSession> {
  if (before.userId === userId) {
    const same = { ...before, ...times }
    await updateSession(transaction, same)
    await deleteTokens(transaction, before.id)
    return same
  }
  const session = { ...before, ...times, id: newId, userId, createdAt: times.lastActivityAt }
  await insertSession(transaction, session)
  if (before.userId === null) {
    await moveOutboxes(transaction, before.id, newId)
  } else {
    await deleteAnswers(transaction, before.id)
    await deleteRoom(transaction, `session:${before.id}`)
  }
  await deleteSessions(transaction, [before.id])
  return session
}
