import { CommandError } from '../shared/commandError.js'
import { inTime } from '../shared/inTime.js'

/**
 * Waits for one command's work until it settles or times out.
 *
 * @param abort called on a timeout
 * @throws {CommandError} `handler_timeout` on a timeout; the work may still have an effect
 */
export function runInTime<Result>(
  timeoutMs: number,
  work: PromiseLike<Result>,
  abort: () => void,
): Promise<Result> {
  return inTime(timeoutMs, work, () => {
    abort()
    return new CommandError('handler_timeout', 'The command took too long', {
      hint: 'It may still take effect; ask before you repeat it',
    })
  })
}
