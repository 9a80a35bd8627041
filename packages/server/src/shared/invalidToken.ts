import { CommandError } from '../shared/commandError.js'

/** The error for a session that is not valid, or not any more. */
export function invalidToken(): CommandError {
  return new CommandError('token_invalid', 'Invalid or expired session token', {
    hint: 'Acquire a new session with POST /api/session/acquire',
  })
}
