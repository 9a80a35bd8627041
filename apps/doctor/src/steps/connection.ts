import type { Finding, Verdict } from '../report.js'
import { finding, trouble } from '../report.js'
import type { Visit } from '../visit.js'
import { attemptTransport } from './attemptTransport.js'
import type { Attempt, FailedAttempt } from './attemptTransport.js'
import { examineHandshake } from './handshake.js'
import { probeUpgrade } from './probeUpgrade.js'

/** Step 3: the handshake, then each transport by itself; leaves a connected client behind. */
export async function examineConnection(visit: Visit): Promise<Finding[]> {
  const handshakes = await examineHandshake(visit)
  if (handshakes.some(({ verdict }) => verdict === 'failed')) return handshakes

  const [websocket, polling] = await Promise.all([
    attemptTransport(visit, 'websocket'),
    attemptTransport(visit, 'polling'),
  ])
  keepOne(visit, websocket, polling)
  const findings = await judge(visit, websocket, polling)
  const verdictOf = (check: string): Verdict =>
    findings.find((one) => one.check === check)?.verdict ?? 'skipped'
  visit.facts.transports = { websocket: verdictOf('websocket'), polling: verdictOf('polling') }
  return [...handshakes, ...findings]
}

function keepOne(visit: Visit, ...attempts: Attempt[]): void {
  const clients = attempts.map(({ client }) => client).filter((client) => client !== undefined)
  visit.client = clients.shift()
  for (const client of clients) void client.disconnect()
}

async function judge(visit: Visit, websocket: Attempt, polling: Attempt): Promise<Finding[]> {
  if (websocket.client && polling.client) return [works(websocket), works(polling)]
  if (websocket.client) {
    return [works(websocket), fails(visit, polling as FailedAttempt, 'polling_blocked')] // by the line above
  }
  const evidence = await upgradeEvidence(visit, websocket)
  if (polling.client)
    return [fails(visit, websocket, 'websocket_blocked', evidence), works(polling)]
  return [
    fails(visit, websocket, 'connection_failed', evidence),
    fails(visit, polling, 'connection_failed'),
  ]
}

function works({ transport, durationMs }: Attempt): Finding {
  return finding(transport, 'passed', 'connected and welcomed', durationMs)
}

function fails(
  visit: Visit,
  { transport, reason, durationMs }: FailedAttempt,
  otherwise: 'websocket_blocked' | 'polling_blocked' | 'connection_failed',
  evidence: string = reason,
): Finding {
  const isToken = reason === 'token_invalid' || reason === 'token_required'
  const cause = visit.explain(isToken ? 'bad_token' : otherwise)
  return trouble(transport, cause, evidence, durationMs)
}

/** What exactly became of the upgrade, which the client cannot see. */
async function upgradeEvidence(visit: Visit, { reason }: FailedAttempt): Promise<string> {
  if (reason !== 'network_error' && reason !== 'timeout') return reason
  const outcome = await probeUpgrade(visit.address, {}, visit.timeoutMs)
  if (outcome.status === 101) return `the upgrade was answered with 101, then: ${reason}`
  return outcome.status === undefined
    ? `the upgrade was not answered: ${outcome.code}`
    : `the upgrade was answered with ${outcome.status} instead of 101`
}
