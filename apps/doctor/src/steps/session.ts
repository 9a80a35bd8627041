import { causeOfReply, describeReply } from '../causeOfReply.js'
import { describeSpan } from '../clock.js'
import { textAt } from '../fieldAt.js'
import { finding, trouble } from '../report.js'
import type { Finding } from '../report.js'
import type { Reply } from '../request.js'
import { maskToken } from '../token.js'
import type { Visit } from '../visit.js'

/** Step 2: acquires a session, or tests the given token. */
export async function examineSession(visit: Visit): Promise<Finding[]> {
  return [visit.token === undefined ? await acquire(visit) : await examineToken(visit, visit.token)]
}

async function acquire(visit: Visit): Promise<Finding> {
  const what = `POST ${visit.basePath}/api/session/acquire`
  const reply = await visit.request(visit.rest('/api/session/acquire'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...visit.pageHeaders() },
    body: JSON.stringify({ metadata: { source: 'yektayar-doctor' } }),
  })
  const body = okBody(reply)
  const token = textAt(body, 'token')
  const expiresAt = timeAt(body, 'expiresAt')
  if (token === undefined || expiresAt === undefined) return refused(visit, what, reply)
  return accepted(visit, token, expiresAt, reply.durationMs)
}

async function examineToken(visit: Visit, token: string): Promise<Finding> {
  const reply = await visit.request(visit.rest('/api/session'), {
    headers: { authorization: `Bearer ${token}`, ...visit.pageHeaders() },
  })
  const expiresAt = timeAt(okBody(reply), 'expiresAt')
  if (expiresAt === undefined) {
    visit.facts.token = maskToken(token)
    return refused(visit, `GET ${visit.basePath}/api/session with ${maskToken(token)}`, reply)
  }
  return accepted(visit, token, expiresAt, reply.durationMs)
}

function timeAt(body: unknown, name: string): string | undefined {
  const text = textAt(body, name)
  return Number.isNaN(Date.parse(text ?? '')) ? undefined : text
}

function okBody(reply: Reply): unknown {
  return reply.kind === 'answer' && reply.status === 200 ? reply.json : undefined
}

function refused(visit: Visit, what: string, reply: Reply): Finding {
  visit.token = undefined
  const isOurs = reply.kind === 'answer' && reply.status === 200
  const cause = visit.explain(isOurs ? 'wrong_answer' : causeOfReply(reply))
  return trouble('token', cause, describeReply(what, reply), reply.durationMs)
}

function accepted(visit: Visit, token: string, expiresAt: string, durationMs: number): Finding {
  const masked = maskToken(token)
  const endsAt = new Date(expiresAt)
  const leftMs = endsAt.getTime() - visit.now()
  visit.token = token
  visit.facts.token = masked
  visit.facts.expiresAt = endsAt.toISOString()
  if (leftMs <= 0) {
    const detail = `${masked} is valid there, but ended ${describeSpan(leftMs)} ago by this clock`
    return trouble('token', visit.explain('clock_skew'), detail, durationMs)
  }
  return finding('token', 'passed', `${masked}, ends in ${describeSpan(leftMs)}`, durationMs)
}
