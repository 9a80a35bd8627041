import { requireSameSession } from '../../sessions/requireSameSession.js'
import type { Sessions } from '../../sessions/sessions.js'
import type { CommandHandler } from '../commandContext.js'
import { readHandshakeToken, replaceHandshakeToken } from '../handshakeToken.js'

/** Gives the caller's session a new token, without a reconnect. */
export function createRenewSession(
  sessions: Sessions,
  allowQueryToken: boolean,
): CommandHandler<'session:renew'> {
  return async ({ connection, session }) => {
    const { handshake } = connection
    const presented = readHandshakeToken(handshake, allowQueryToken)
    const renewed = await sessions.renew(session.id, presented)
    requireSameSession(connection, session) // else the token is dead, or not this connection's to have
    replaceHandshakeToken(handshake, renewed.token)
    return renewed
  }
}
