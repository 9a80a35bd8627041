import type { ServerErrorCode } from '@yektayar/protocol'
import { isCommandError } from '../shared/commandError.js'

/** After these, the same work may succeed. */
const codes: readonly ServerErrorCode[] = ['rate_limited', 'store_full', 'store_unavailable']

/** Whether the same work may succeed later, so that an item of an outbox keeps its number. */
export function isTemporary(error: unknown): boolean {
  return isCommandError(error) && codes.includes(error.code)
}
