import { refusals } from '@yektayar/protocol/rules'
import type { CommandSession } from '../sessions/commandSession.js'
import { invalidToken } from '../shared/invalidToken.js'
import { commandErrorOf } from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'
import type { Connection } from './connection.js'

/** The error for a command that ran while a user signed in or out on its connection. */
export function sessionChanged(): CommandError {
  return commandErrorOf(refusals.sessionChanged)
}

/**
 * Checks that the connection is still open and still belongs to the same session, and so to the
 * same user. Call it after every `await`, before using a decision that was made earlier.
 *
 * @throws {CommandError} `token_invalid` if the session has ended, otherwise `conflict`
 */
export function requireSameSession(
  { connected, data }: Connection,
  { id }: Pick<CommandSession, 'id'>,
): void {
  if (data.isEnded) throw invalidToken()
  if (!connected) throw commandErrorOf(refusals.connectionClosed)
  if (data.sessionId !== id) throw sessionChanged()
}
