import type { CommandHandler } from '../commands/commandContext.js'
import { tokenOf } from '../connections/handshakeToken.js'
import { identity } from '../shared/productTexts.js'

/** Reports the server and the caller's own connection, with the caller's own token. */
export const status: CommandHandler<'status'> = ({ connection, session }) => ({
  server: {
    name: identity.serverName,
    version: identity.version,
    status: 'running',
    timestamp: new Date().toISOString(),
  },
  connection: {
    socketId: connection.id,
    sessionToken: String(tokenOf(connection)),
    userId: session.userId,
    isLoggedIn: session.isLoggedIn,
    rooms: [...connection.rooms],
  },
})
