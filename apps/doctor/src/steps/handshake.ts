import { causeOfReply, describeReply } from '../causeOfReply.js'
import type { CauseCode } from '../causes.js'
import { fieldAt, textAt } from '../fieldAt.js'
import { finding, trouble } from '../report.js'
import type { Finding } from '../report.js'
import type { Reply } from '../request.js'
import type { Visit } from '../visit.js'
import { probeUpgrade } from './probeUpgrade.js'

const POLLING_QUERY = '/?EIO=4&transport=polling'
const CLOSE_PACKET = '1'

/** Nothing of ours is there. */
const elsewhere: readonly CauseCode[] = ['captive_portal', 'not_yektayar']

/** Engine.IO's code for a transport that the server has switched off. */
const TRANSPORT_UNKNOWN = 0

/** Checks for Socket.IO with plain requests: without an origin, then with the tested origin. */
export async function examineHandshake(visit: Visit): Promise<Finding[]> {
  const reply = await openAndClose(visit, {})
  const isThere = sessionId(reply) !== undefined || isPollingOff(reply)
  if (!isThere) return [missing(visit, reply)]
  const detail = `Socket.IO answers at ${visit.path}/`
  const first = finding('handshake', 'passed', detail, reply.durationMs)
  if (visit.pageOrigin === undefined || isPollingOff(reply)) return [first]
  return [first, await examineOriginHandshake(visit, visit.pageOrigin)]
}

function missing(visit: Visit, reply: Reply): Finding {
  const code = causeOfReply(reply)
  const cause = visit.explain(elsewhere.includes(code) ? 'socket_path_missing' : code)
  return trouble('handshake', cause, describeReply(`GET ${visit.path}/`, reply), reply.durationMs)
}

/** Tests both transports with the origin, since the server checks it for each separately. */
async function examineOriginHandshake(visit: Visit, pageOrigin: string): Promise<Finding> {
  const polling = await openAndClose(visit, visit.pageHeaders())
  const upgrade = await probeUpgrade(visit, visit.pageHeaders())
  const allowed =
    polling.kind === 'answer' ? polling.headers.get('access-control-allow-origin') : null
  const isReadable = pageOrigin === visit.address || allowed === '*' || allowed === pageOrigin
  if (sessionId(polling) === undefined || !isReadable) {
    const detail = describeReply('handshake as that page', polling)
    return trouble('origin', visit.explain('origin_refused'), detail, polling.durationMs)
  }
  if (upgrade.status !== undefined && upgrade.status !== 101) {
    const plain = await probeUpgrade(visit, {})
    // If it works without the origin, the origin is the reason.
    if (plain.status === 101) {
      const detail = `upgrade as that page: status ${upgrade.status}`
      return trouble('origin', visit.explain('origin_refused'), detail, polling.durationMs)
    }
  }
  return finding('origin', 'passed', `${pageOrigin} may connect`, polling.durationMs)
}

/** Opens a polling session and closes it again, so that the server does not have to time it out. */
async function openAndClose(visit: Visit, headers: Record<string, string>): Promise<Reply> {
  const url = visit.address + visit.path + POLLING_QUERY
  const reply = await visit.request(url, { headers })
  const id = sessionId(reply)
  if (id !== undefined) {
    await visit.request(`${url}&sid=${encodeURIComponent(id)}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
      body: CLOSE_PACKET,
    })
  }
  return reply
}

/** The session's id in Engine.IO's open packet, `0{"sid":…}`. */
function sessionId(reply: Reply): string | undefined {
  if (reply.kind === 'none' || reply.status !== 200 || !reply.text.startsWith('0{'))
    return undefined
  try {
    return textAt(JSON.parse(reply.text.slice(1)), 'sid')
  } catch {
    return undefined
  }
}

function isPollingOff(reply: Reply): boolean {
  return (
    reply.kind === 'answer' &&
    reply.status === 400 &&
    fieldAt(reply.json, 'code') === TRANSPORT_UNKNOWN
  )
}
