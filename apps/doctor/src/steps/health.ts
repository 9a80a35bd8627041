import { causeOfReply, describeReply } from '../causeOfReply.js'
import { CLOCK_TOLERANCE_MS, describeSpan, readClock } from '../clock.js'
import { fieldAt, textAt } from '../fieldAt.js'
import { oneLine } from '../oneLine.js'
import { finding, trouble } from '../report.js'
import type { Finding } from '../report.js'
import type { Answer, Reply } from '../request.js'
import type { Visit } from '../visit.js'
import { examineOrigin } from './origin.js'

/** Step 1: whether a YektaYar server answers, with Socket.IO, the right time, and this origin. */
export async function examineHealth(visit: Visit): Promise<Finding[]> {
  const reply = await visit.request(`${visit.base}/health`)
  if (!isHealthy(reply)) return [await unreachable(visit, reply)]
  if (visit.base !== visit.address) return [misplaced(visit, reply)]

  const server = await examineServer(visit)
  if (server.verdict === 'failed') return [server]
  const health = finding('health', 'passed', 'GET /health: healthy', reply.durationMs)
  const findings = [health, server, examineClock(visit, reply)]
  return visit.pageOrigin === undefined ? findings : [...findings, await examineOrigin(visit)]
}

function isHealthy(reply: Reply): reply is Answer {
  return (
    reply.kind === 'answer' &&
    reply.status === 200 &&
    textAt(reply.json, 'status') === 'healthy' &&
    textAt(reply.json, 'timestamp') !== undefined
  )
}

async function unreachable(visit: Visit, reply: Reply): Promise<Finding> {
  const detail = describeReply(`GET ${visit.base}/health`, reply)
  const code = causeOfReply(reply)
  const isElsewhere =
    ['captive_portal', 'not_yektayar'].includes(code) && visit.base !== visit.address
  if (isElsewhere && isHealthy(await visit.request(`${visit.address}/health`))) {
    const cause = visit.explain('wrong_path', visit.address)
    return trouble('health', cause, `${detail}; ${visit.address}/health is well`, reply.durationMs)
  }
  const target = redirectTarget(visit, reply)
  const cause =
    target === visit.address ? visit.explain('not_yektayar') : visit.explain(code, target)
  return trouble('health', cause, detail, reply.durationMs)
}

function redirectTarget({ base }: Visit, reply: Reply): string | undefined {
  const location = reply.kind === 'answer' ? reply.headers.get('location') : null
  return location !== null && URL.canParse(location, base)
    ? new URL(location, base).origin
    : undefined
}

/** REST works under a path, but clients use addresses without a path. */
function misplaced(visit: Visit, { durationMs }: Answer): Finding {
  const detail = `REST is served at ${visit.base}, Socket.IO is looked for at ${visit.address}`
  return trouble('health', visit.explain('wrong_path'), detail, durationMs)
}

async function examineServer(visit: Visit): Promise<Finding> {
  const reply = await visit.request(`${visit.address}/api`)
  const report = reply.kind === 'answer' && reply.status === 200 ? reply.json : undefined
  const name = textAt(report, 'message')
  const version = textAt(report, 'version')
  const hasSocketIo = fieldAt(report, 'features', 'websocket')
  if (name === undefined || version === undefined || typeof hasSocketIo !== 'boolean') {
    const detail = describeReply('GET /api', reply)
    return trouble('server', visit.explain(causeOfReply(reply)), detail, reply.durationMs)
  }
  visit.facts.server = { name: oneLine(name), version: oneLine(version) }
  if (!hasSocketIo) {
    const detail = 'GET /api: features.websocket is false'
    return trouble('server', visit.explain('no_socket_io'), detail, reply.durationMs)
  }
  return finding('server', 'passed', `${name} ${version}`, reply.durationMs)
}

function examineClock(visit: Visit, answer: Answer): Finding {
  const reading = readClock(answer)
  if (!reading) return finding('clock', 'skipped', 'the answer contains no time')
  const { source, skewMs } = reading
  visit.facts.clockSkewMs = skewMs
  const span = describeSpan(skewMs)
  if (Math.abs(skewMs) < CLOCK_TOLERANCE_MS) {
    return finding('clock', 'passed', skewMs === 0 ? 'agrees with this one' : `${span} apart`)
  }
  const direction = skewMs > 0 ? 'ahead of' : 'behind'
  const detail = `the server’s ${source} is ${span} ${direction} this machine’s clock`
  return trouble('clock', visit.explain('clock_skew'), detail)
}
