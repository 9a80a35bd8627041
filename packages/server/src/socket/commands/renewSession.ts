import { requireSameSession } from '../../sessions/requireSameSession.js'
import type { Sessions } from '../../sessions/sessions.js'
import type { CommandHandler } from '../commandContext.js'
import { replaceToken, tokenOf } from '../handshakeToken.js'

/** Gives the caller's session a new token, without a reconnect. */
export function createRenewSession(sessions: Sessions): CommandHandler<'session:renew'> {
  return async ({ connection, session }) => {
    const renewed = await sessions.renew(session.id, tokenOf(connection))
    requireSameSession(connection, session) // else the token is dead, or not this connection's to have
    replaceToken(connection, renewed.token)
    return renewed
  }
}
