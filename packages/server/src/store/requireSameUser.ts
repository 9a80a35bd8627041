import { CommandError } from '../shared/commandError.js'
import { invalidToken } from '../shared/invalidToken.js'
import type { SessionUser } from './delivery.js'

/**
 * Checks that a session is still valid and still has the same user.
 *
 * @param users of the valid sessions, by the id of the session
 * @throws {CommandError} `token_invalid`, or `store_unavailable` for another user
 */
export function requireSameUser(
  users: ReadonlyMap<string, string | null>,
  { id, userId }: SessionUser,
): void {
  const current = users.get(id)
  if (current === undefined) throw invalidToken()
  if (current === userId) return
  throw new CommandError('store_unavailable', 'A user signed in or out in the meantime', {
    hint: 'Try again',
  })
}
