import type { DeliverOutbox } from '../../delivery/outboxDelivery.js'
import type { RateLimit } from '../../rateLimit.js'
import type { CommandHandler } from '../commandContext.js'

/** Takes what an outbox brings; each of its items counts as one command of the session. */
export function createDeliverOutbox(
  deliver: DeliverOutbox,
  perSession: RateLimit,
): CommandHandler<'outbox:deliver'> {
  return (context) => {
    const { input, session } = context
    const retryAfterMs = perSession.take(session.id, input.items.length - 1)
    return retryAfterMs > 0 ? { retryAfterMs } : deliver(input, context)
  }
}
