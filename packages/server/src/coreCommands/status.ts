import { statusReport } from '@yektayar/protocol/rules'
import type { CoreHandler } from '../commands/commandContext.js'
import { tokenOf } from '../connections/handshakeToken.js'
import { isoTime } from '../shared/isoTime.js'
import type { Product } from '../shared/productTexts.js'

/** Reports the server and the caller's own connection, with the caller's own token. */
export function createStatus(
  { serverName, version }: Product,
  now: () => number,
): CoreHandler<'status'> {
  const product = { name: serverName, version }
  return ({ connection, session }) => {
    const { id, rooms } = connection
    const reported = { id, rooms, token: String(tokenOf(connection)) }
    return statusReport(reported, session, product, isoTime(now()))
  }
}
