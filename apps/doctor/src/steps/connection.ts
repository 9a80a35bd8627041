import type { CauseCode } from '../causes.js'
import type { Finding, Verdict } from '../report.js'
import { finding, trouble } from '../report.js'
import type { Visit } from '../visit.js'
import { attemptTransport } from './attemptTransport.js'
import type { Attempt, FailedAttempt } from './attemptTransport.js'
import { examineHandshake } from './handshake.js'
import { probeUpgrade } from './probeUpgrade.js'

/** Step 3: the handshake, then each transport separately. Keeps one connected client. */
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
    return [works(websocket), fails(visit, polling as FailedAttempt, 'polling_blocked')] // as checked
  }
  const { evidence, cause } = await examineUpgrade(visit, websocket)
  if (polling.client) return [fails(visit, websocket, cause, evidence), works(polling)]
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
  otherwise: CauseCode,
  evidence: string = reason,
): Finding {
  const isToken = reason === 'token_invalid' || reason === 'token_required'
  const cause = visit.explain(isToken ? 'bad_token' : otherwise)
  return trouble(transport, cause, evidence, durationMs)
}

/** What exactly became of the upgrade, which the client cannot see. */
async function examineUpgrade(
  visit: Visit,
  { reason }: FailedAttempt,
): Promise<{ evidence: string; cause: CauseCode }> {
  const blocked = { cause: 'websocket_blocked', evidence: reason } as const
  if (reason !== 'network_error' && reason !== 'timeout') return blocked
  const { status, code, firstBytes } = await probeUpgrade(visit, {}, true)
  if (status === 101) {
    const evidence = `the upgrade was answered with 101, then: ${reason}`
    if (firstBytes === 'none') return { cause: 'websocket_silent', evidence }
    return firstBytes === 'late'
      ? { cause: 'websocket_buffered', evidence }
      : { ...blocked, evidence }
  }
  if (code === 'TIMEOUT') {
    return { cause: 'websocket_unanswered', evidence: 'the upgrade was not answered in time' }
  }
  const evidence =
    status === undefined
      ? `the upgrade was not answered: ${code}`
      : `the upgrade was answered with ${status} instead of 101`
  return { ...blocked, evidence }
}
