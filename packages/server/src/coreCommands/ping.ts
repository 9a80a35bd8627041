import type { CoreHandler } from '../commands/commandContext.js'
import { isoTime } from '../shared/isoTime.js'

/** Answers with the time by which the store decides. */
export function createPing(now: () => number): CoreHandler<'ping'> {
  return () => ({ timestamp: isoTime(now()) })
}
