import { refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import { whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { invalidToken } from '../shared/invalidToken.js'
import type { StoredSession } from '../store/store.js'
import type { Sessions } from './sessions.js'

/**
 * Returns the session of a presented token, and records its activity.
 *
 * @param howToPresent the hint for a caller that presented no token
 * @throws {CommandError} `token_required`, `token_invalid`, `store_unavailable`
 */
export function authenticate(
  sessions: Sessions,
  token: unknown,
  howToPresent: string,
): MaybePromise<StoredSession> {
  return whenSettled(findPresented(sessions, token, howToPresent), (session) => {
    const noted = sessions.touch(session.id, session.lastActivityAt)
    return whenSettled(noted, (lastActivityAt) =>
      lastActivityAt === session.lastActivityAt ? session : { ...session, lastActivityAt },
    )
  })
}

/**
 * Returns the session of a presented token. REST and sockets both use it; the guide fixes both
 * messages.
 *
 * @param howToPresent the hint for a caller that presented no token
 * @throws {CommandError} `token_required`, `token_invalid`, `store_unavailable`
 */
export function findPresented(
  sessions: Sessions,
  token: unknown,
  howToPresent: string,
): MaybePromise<StoredSession> {
  if (!token) {
    throw commandErrorOf(refusals.tokenRequired, { hint: howToPresent })
  }
  return whenSettled(sessions.findByToken(token), (session) => {
    if (!session) throw invalidToken()
    return session
  })
}
