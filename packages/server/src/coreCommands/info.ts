import type { CommandHandler } from '../commands/commandContext.js'
import { tokenOf } from '../connections/handshakeToken.js'
import { maskToken } from '../sessions/token.js'
import { identity } from '../shared/productTexts.js'

const ENGINE_IO_PROTOCOL = 4

/** Reports what the server is and can do; the token is masked. */
export const info: CommandHandler<'info'> = ({ connection, session }) => ({
  server: {
    name: identity.platformName,
    version: identity.version,
    description: identity.description,
    features: { rest: true, websocket: true, authentication: true, realtime: true },
  },
  websocket: {
    connected: connection.connected,
    transport: connection.conn.transport.name,
    protocol: ENGINE_IO_PROTOCOL,
    activeConnections: connection.nsp.sockets.size,
  },
  session: {
    authenticated: session.isLoggedIn,
    userId: session.userId ?? 'anonymous',
    sessionToken: maskToken(String(tokenOf(connection))),
  },
  timestamp: new Date().toISOString(),
})
