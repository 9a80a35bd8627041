import { CommandError } from '../shared/commandError.js'
import { timerMs } from '../shared/timerMs.js'

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
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new CommandError('handler_timeout', 'The command took too long', {
          hint: 'It may still take effect; ask before you repeat it',
        }),
      )
      abort()
    }, timerMs(timeoutMs))
    work.then(
      (result) => {
        clearTimeout(timer)
        resolve(result)
      },
      (error: unknown) => {
        clearTimeout(timer)
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as thrown
        reject(error)
      },
    )
  })
}
