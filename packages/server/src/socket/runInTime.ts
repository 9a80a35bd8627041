import { CommandError } from '../commandError.js'
import type { Connection } from './connection.js'

/**
 * Runs one command's work until it settles or its time is over. Its signal is aborted then, and
 * when the connection closes.
 *
 * @throws {CommandError} `handler_timeout` when the time is over; the work may still act
 */
export async function runInTime<Result>(
  connection: Connection,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort()
  }
  connection.once('disconnect', abort)
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new CommandError('handler_timeout', 'The command took too long', {
          hint: 'It may still take effect; ask before you repeat it',
        }),
      )
      abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([work(controller.signal), timeout])
  } finally {
    clearTimeout(timer)
    connection.off('disconnect', abort)
  }
}
