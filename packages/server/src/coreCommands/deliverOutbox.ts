import type { CommandHandler } from '../commands/commandContext.js'
import type { DeliverOutbox } from '../once/deliverOutbox.js'
import type { Limits } from '../shared/limits.js'
import type { RateLimit } from '../shared/rateLimit.js'

/**
 * Takes what an outbox brings; each of its items counts as one command of the session. What was sent
 * while somebody else was signed in has to come again: its sender knows what is to become of it.
 */
export function createDeliverOutbox(
  deliver: DeliverOutbox,
  perSession: RateLimit,
  { changedUserRetryMs }: Limits,
): CommandHandler<'outbox:deliver'> {
  return (context) => {
    const { input, session } = context
    const { user = session.userId } = input
    if (user !== session.userId) return { retryAfterMs: changedUserRetryMs }
    const retryAfterMs = perSession.take(session.id, input.items.length - 1)
    return retryAfterMs > 0 ? { retryAfterMs } : deliver(input, context)
  }
}
