import { infoReport } from '@yektayar/protocol/rules'
import type { CoreHandler } from '../commands/commandContext.js'
import { tokenOf } from '../connections/handshakeToken.js'
import { isoTime } from '../shared/isoTime.js'
import type { Product } from '../shared/productTexts.js'

/** Reports what the server is and can do; the token is masked. */
export function createInfo(
  { platformName, version, description }: Product,
  now: () => number,
): CoreHandler<'info'> {
  const product = { name: platformName, version, description }
  return ({ connection, session }) =>
    infoReport(
      {
        connected: connection.connected,
        transport: connection.conn.transport.name,
        activeConnections: connection.nsp.sockets.size,
      },
      session,
      { token: String(tokenOf(connection)), ...product },
      isoTime(now()),
    )
}
