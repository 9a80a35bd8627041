import { isTemporary as isTemporaryCode } from '@yektayar/protocol/rules'
import { isCommandError } from '../shared/commandError.js'

/** Whether the same work may succeed later, so that an item of an outbox keeps its number. */
export function isTemporary(error: unknown): boolean {
  return isCommandError(error) && isTemporaryCode(error.code)
}
