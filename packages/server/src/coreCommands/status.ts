import { statusReport } from '@yektayar/protocol/rules'
import type { CoreHandler } from '../commands/commandContext.js'
import { tokenOf } from '../connections/handshakeToken.js'
import { identity } from '../shared/productTexts.js'

/** Reports the server and the caller's own connection, with the caller's own token. */
export const status: CoreHandler<'status'> = ({ connection, session }) => {
  const { id, rooms } = connection
  return statusReport({ id, rooms, token: String(tokenOf(connection)) }, session, identity.version)
}
