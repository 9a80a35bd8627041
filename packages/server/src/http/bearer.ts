import type { FastifyRequest } from 'fastify'
import { authenticate } from '../sessions/authenticate.js'
import type { Sessions, StoredSession } from '../sessions/sessions.js'

const BEARER = /^Bearer +([^ ]+) *$/i

/**
 * The session whose token a request carries.
 *
 * @throws {CommandError} `token_required`, `token_invalid`, `store_unavailable`
 */
export function requireSession(
  request: FastifyRequest,
  sessions: Sessions,
): Promise<StoredSession> {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1]
  return authenticate(sessions, token, 'Send the header Authorization: Bearer <token>')
}
