import { tokenHints } from '@yektayar/protocol/rules'
import type { FastifyRequest } from 'fastify'
import { authenticate } from '../sessions/authenticate.js'
import type { StoredSession } from '../store/store.js'
import type { Sessions } from '../sessions/sessions.js'
import { takeOrRefuse } from '../shared/rateLimit.js'
import type { RateLimit } from '../shared/rateLimit.js'

const BEARER = /^Bearer +([^ ]+) *$/i

/**
 * The session of a request's bearer token.
 *
 * @param calls limits the REST calls of each session
 * @throws {CommandError} `token_required`, `token_invalid`, `rate_limited`, `store_unavailable`
 */
export async function requireSession(
  request: FastifyRequest,
  sessions: Sessions,
  calls: RateLimit,
): Promise<StoredSession> {
  const session = await authenticate(sessions, bearerToken(request), tokenHints.rest)
  takeOrRefuse(calls, session.id, 'calls of this session')
  return session
}

/** The bearer token of a request, if it has one. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1]
}
