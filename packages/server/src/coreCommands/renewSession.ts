import type { CoreHandler } from '../commands/commandContext.js'
import { replaceToken, tokenOf } from '../connections/handshakeToken.js'
import type { Sessions } from '../sessions/sessions.js'
import { requireSameSession } from '../socketio/requireSameSession.js'

/** Gives the caller's session a new token, without a reconnect. */
export function createRenewSession(sessions: Sessions): CoreHandler<'session:renew'> {
  return async ({ connection, session }) => {
    const renewed = await sessions.renew(session.id, tokenOf(connection))
    requireSameSession(connection, session) // else the token is dead or belongs to another session
    replaceToken(connection, renewed.token)
    return renewed
  }
}
