import type { DeadlineCode } from '../shared/deadline.js'
import { YektaYarError } from '../shared/yektaYarError.js'

/** Why an outbox gives up an item by itself. */
export type EndCode = DeadlineCode | 'outbox_full' | 'outbox_expired' | 'session_ended'

/** The error of an item that the outbox, or its caller, gave up. */
export function outboxError(
  name: string,
  code: EndCode,
  why: string,
  mayHaveRun = false,
  hint?: string,
): YektaYarError {
  return new YektaYarError(code, `${name}: ${why} (${code})`, { mayHaveRun, hint })
}
