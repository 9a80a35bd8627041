import type { FastifyRequest } from 'fastify'
import { CommandError } from '../commandError.js'
import type { Sessions, StoredSession } from '../sessions/sessions.js'

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
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) {
    throw new CommandError('token_required', 'Authentication token required', {
      hint: 'Send the header Authorization: Bearer <token>',
    })
  }
  const session = await sessions.findByToken(token)
  if (!session) {
    throw new CommandError('token_invalid', 'Invalid or expired session token', {
      hint: 'Acquire a new session with POST /api/session/acquire',
    })
  }
  const lastActivityAt = await sessions.touch(session.id, session.lastActivityAt)
  return { ...session, lastActivityAt }
}
