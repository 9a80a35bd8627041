import { startDeadline, waitUntil } from './deadline.js'
import type { CallOptions } from './options.js'
import { YektaYarError } from './yektaYarError.js'

/**
 * Runs some work that may have an effect on the server, at the longest for the time of a call. Its
 * signal aborts when that is over; what the work does then is its own affair.
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
