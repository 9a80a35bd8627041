import { CommandError } from '../commandError.js'
import { limits } from '../limits.js'
import type { AnyCommandHandler, CommandContext } from './commandContext.js'

/**
 * Runs a handler until it settles, its time is over or its connection closes.
 *
 * @throws {CommandError} `handler_timeout` when the time is over; the handler may still act
 */
export async function runHandler(
  handler: AnyCommandHandler,
  context: Omit<CommandContext<unknown>, 'signal'>,
): Promise<unknown> {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort()
  }
  context.connection.once('disconnect', abort)
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new CommandError('handler_timeout', 'The command took too long', {
          hint: 'It may still take effect; ask before you repeat it',
        }),
      )
      abort()
    }, limits.handlerTimeoutMs)
  })
  try {
    return await Promise.race([handler({ ...context, signal: controller.signal }), timeout])
  } finally {
    clearTimeout(timer)
    context.connection.off('disconnect', abort)
  }
}
