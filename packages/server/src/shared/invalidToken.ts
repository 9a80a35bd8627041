import { refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'

/** The error for a session that does not exist or has ended. */
export function invalidToken(): CommandError {
  return commandErrorOf(refusals.tokenInvalid)
}
