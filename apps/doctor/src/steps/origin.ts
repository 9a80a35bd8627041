import { causeOfReply, describeReply } from '../causeOfReply.js'
import { finding, trouble } from '../report.js'
import type { Finding } from '../report.js'
import type { Reply } from '../request.js'
import type { Visit } from '../visit.js'

const ACQUIRE_PATH = '/api/session/acquire'

/**
 * Sends requests like a page of the tested origin: the preflight of the request that acquires a
 * session, and a plain request. The same address has already answered without an origin.
 */
export async function examineOrigin(visit: Visit): Promise<Finding> {
  const preflight = await visit.request(visit.rest(ACQUIRE_PATH), {
    method: 'OPTIONS',
    headers: {
      ...visit.pageHeaders(),
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  })
  const plain = await visit.request(visit.rest('/api'), { headers: visit.pageHeaders() })
  const refused = isAllowed(visit, preflight)
    ? describeRefusal(visit, `GET ${visit.basePath}/api`, plain)
    : describeRefusal(visit, `OPTIONS ${visit.basePath}${ACQUIRE_PATH}`, preflight)
  const durationMs = preflight.durationMs + plain.durationMs
  if (refused === undefined) {
    return finding('origin', 'passed', `${visit.pageOrigin ?? ''} may call REST`, durationMs)
  }
  const lost = [preflight, plain].find(({ kind }) => kind === 'none')
  const cause = visit.explain(lost ? causeOfReply(lost) : 'origin_refused')
  return trouble('origin', cause, refused, durationMs)
}

/** The evidence of a refusal; `undefined` if a browser would pass the answer to the page. */
function describeRefusal(visit: Visit, what: string, reply: Reply): string | undefined {
  if (isAllowed(visit, reply)) return undefined
  const detail = describeReply(what, reply)
  const isAnswered = reply.kind === 'answer' && reply.status < 400
  return isAnswered ? `${detail}, without Access-Control-Allow-Origin for it` : detail
}

function isAllowed({ pageOrigin, address }: Visit, reply: Reply): boolean {
  if (reply.kind === 'none' || reply.status >= 400) return false
  const allowed = reply.headers.get('access-control-allow-origin')
  return pageOrigin === address || allowed === '*' || allowed === pageOrigin
}
