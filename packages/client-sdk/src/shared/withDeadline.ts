import { startDeadline, waitUntil } from './deadline.js'
import type { CallOptions } from './options.js'
import { YektaYarError } from './yektaYarError.js'

/**
 * Runs work that may have an effect on the server, within the timeout of a call. The signal aborts
 * at the deadline; work that ignores it continues without effect on the result.
 *
 * @throws {YektaYarError} `timeout` or `aborted`
 */
export async function withDeadline<Result>(
  what: string,
  { timeoutMs, signal }: CallOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = startDeadline(timeoutMs, signal)
  try {
    return await waitUntil<Result>(
      deadline,
      (resolve, reject) => {
        work(deadline.signal).then(resolve, reject)
        return () => undefined
      },
      (code) => new YektaYarError(code, `${what}: ${code}`, { mayHaveRun: true }),
    )
  } finally {
    deadline.end()
  }
}
