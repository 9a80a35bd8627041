import type { FastifyRequest } from 'fastify'
import { authenticate } from '../sessions/authenticate.js'
import type { StoredSession } from '../sessions/sessionQueries.js'
import type { Sessions } from '../sessions/sessions.js'

const BEARER = /^Bearer +([^ ]+) *$/i

/**
 * The session whose token a request carries.
 *
 * @throws {CommandError} `token_required`, `token_invalid`, `store_unavailable`
 */
export async function requireSession(
  request: FastifyRequest,
  sessions: Sessions,
): Promise<StoredSession> {
  return await authenticate(
    sessions,
    bearerToken(request),
    'Send the header Authorization: Bearer <token>',
  )
}

/** The token that a request carries, if it does. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1]
}
