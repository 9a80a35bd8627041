import { deleteRoom } from './deleteRoom.js'
import type { Database } from './openDatabase.js'
import { deleteAnswers, moveOutboxes } from './sessionOutboxes.js'
import { deleteSessions, deleteTokens, insertSession, updateSession } from './sessionQueries.js'
import type { StoredSession } from '../store.js'
import { beginningAgain } from '../beginningAgain.js'

/**
 * Sets or removes the user of a session. All its tokens are removed: the caller has to issue one.
 * The session has a later `createdAt` from then on, by which each process knows the connections
 * that were admitted with one of these tokens.
 *
 * A change of user starts another session with a new id, so that knowledge of the old session, such
 * as its token, is useless (session fixation). Outboxes of an anonymous session move to the new
 * session, so that queued items are delivered once. Outboxes of a user stay with the removed
 * session, so that none of their items runs as the next user; their answers and the messages of the
 * old session's room are removed.
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
    const same = { ...before, ...times, createdAt: beginningAgain(before, times.lastActivityAt) }
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
