import { refusals } from '@yektayar/protocol/rules'
import type { CommandSession } from '../sessions/commandSession.js'
import { invalidToken } from '../shared/invalidToken.js'
import { commandErrorOf } from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'
import type { Connection } from './connection.js'

/** The error where somebody signed in or out on a connection while a command of it ran. */
export function sessionChanged(): CommandError {
  return commandErrorOf(refusals.sessionChanged)
}

/**
 * What was decided for a session holds only while the connection is open, and is that session's.
 * Another user has another session. To be called after every wait.
 *
 * @throws {CommandError} `token_invalid` where the session is over, else `conflict`
 */
export function requireSameSession(
  { connected, data }: Connection,
  { id }: Pick<CommandSession, 'id'>,
): void {
  if (data.isEnded) throw invalidToken()
  if (!connected) throw commandErrorOf(refusals.connectionClosed)
  if (data.sessionId !== id) throw sessionChanged()
}
