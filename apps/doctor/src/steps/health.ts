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
  const reply = await visit.request(`${visit.base}${visit.basePath}/health`)
  const isWell = isHealthy(reply)
  if (isWell && visit.base !== visit.address) return [misplaced(visit, reply)]
  const isElsewhere = visit.base !== visit.address || causeOfReply(reply) !== 'not_yektayar'
  if (!isWell && isElsewhere) return [await unreachable(visit, reply)]

  const report = await visit.request(visit.rest('/api'))
  const server = examineServer(visit, report)
  if (!isWell && visit.facts.server === null) return [await unreachable(visit, reply)]
  if (server.verdict === 'failed') return [server]
  const health = isWell
    ? finding('health', 'passed', `GET ${visit.basePath}/health: healthy`, reply.durationMs)
    : absent(visit, reply)
  const findings = [health, server, examineClock(visit, isWell ? reply : report)]
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

/** A server may have it switched off, and an app around the plugin may have its own. */
function absent({ basePath }: Visit, reply: Reply): Finding {
  const detail = describeReply(`GET ${basePath}/health`, reply)
  return finding('health', 'skipped', `${detail}; off, or the app’s own`, reply.durationMs)
}

async function unreachable(visit: Visit, reply: Reply): Promise<Finding> {
  const tried = `${visit.base}${visit.basePath}/health`
  const detail = describeReply(`GET ${tried}`, reply)
  const code = causeOfReply(reply)
  const isOther = ['captive_portal', 'not_yektayar'].includes(code)
  const better = isOther ? await findHealthy(visit, tried) : undefined
  if (better) {
    const cause = visit.explain('wrong_path', better.advice)
    return trouble('health', cause, `${detail}; ${better.url} is well`, reply.durationMs)
  }
  const target = redirectTarget(visit, reply)
  const cause =
    target === visit.address ? visit.explain('not_yektayar') : visit.explain(code, target)
  return trouble('health', cause, detail, reply.durationMs)
}

/** Leaves out what was given beside the address: its path, and the base path. */
async function findHealthy(
  visit: Visit,
  tried: string,
): Promise<{ url: string; advice: string } | undefined> {
  const { address, basePath } = visit
  const places = [
    {
      url: visit.rest('/health'),
      advice: basePath ? `${address} with --base-path ${basePath}` : address,
    },
    { url: `${address}/health`, advice: `${address} without --base-path` },
  ]
  for (const place of places) {
    if (place.url !== tried && isHealthy(await visit.request(place.url))) return place
  }
  return undefined
}

function redirectTarget({ base }: Visit, reply: Reply): string | undefined {
  const location = reply.kind === 'answer' ? reply.headers.get('location') : null
  return location !== null && URL.canParse(location, base)
    ? new URL(location, base).origin
    : undefined
}

/** REST works under a path, but clients use addresses without a path. */
function misplaced(visit: Visit, { durationMs }: Answer): Finding {
  const path = new URL(visit.base).pathname + visit.basePath
  const detail = `REST is served at ${visit.base}, Socket.IO is looked for at ${visit.address}`
  const cause = visit.explain('wrong_path', `${visit.address} with --base-path ${path}`)
  return trouble('health', cause, detail, durationMs)
}

function examineServer(visit: Visit, reply: Reply): Finding {
  const what = `GET ${visit.basePath}/api`
  const report = reply.kind === 'answer' && reply.status === 200 ? reply.json : undefined
  const name = textAt(report, 'message')
  const version = textAt(report, 'version')
  const hasSocketIo = fieldAt(report, 'features', 'websocket')
  if (name === undefined || version === undefined || typeof hasSocketIo !== 'boolean') {
    const detail = describeReply(what, reply)
    return trouble('server', visit.explain(causeOfReply(reply)), detail, reply.durationMs)
  }
  visit.facts.server = { name: oneLine(name), version: oneLine(version) }
  if (!hasSocketIo) {
    const detail = `${what}: features.websocket is false`
    return trouble('server', visit.explain('no_socket_io'), detail, reply.durationMs)
  }
  return finding('server', 'passed', `${name} ${version}`, reply.durationMs)
}

function examineClock(visit: Visit, answer: Reply): Finding {
  const reading = answer.kind === 'answer' ? readClock(answer) : undefined
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
