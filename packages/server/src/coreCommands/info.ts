import { infoReport } from '@yektayar/protocol/rules'
import type { CoreHandler } from '../commands/commandContext.js'
import { tokenOf } from '../connections/handshakeToken.js'
import { identity } from '../shared/productTexts.js'

/** Reports what the server is and can do; the token is masked. */
export const info: CoreHandler<'info'> = ({ connection, session }) =>
  infoReport(
    {
      connected: connection.connected,
      transport: connection.conn.transport.name,
      activeConnections: connection.nsp.sockets.size,
    },
    session,
    { token: String(tokenOf(connection)), version: identity.version },
  )
