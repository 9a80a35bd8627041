import type { CoreHandler } from '../commands/commandContext.js'
import type { DeliverOutbox } from '../once/deliverOutbox.js'
import type { Limits } from '../shared/limits.js'
import type { RateLimit } from '../shared/rateLimit.js'

/**
 * Takes a batch of an outbox. Each item counts as one command of the session. A batch sent while
 * another user was signed in is answered with `retryAfterMs`: its client decides by then which
 * items still belong to the current user.
 */
export function createDeliverOutbox(
  deliver: DeliverOutbox,
  perSession: RateLimit,
  { changedUserRetryMs }: Limits,
): CoreHandler<'outbox:deliver'> {
  return (context) => {
    const { input, session } = context
    const { user = session.userId } = input
    if (user !== session.userId) return { retryAfterMs: changedUserRetryMs }
    const retryAfterMs = perSession.take(session.id, input.items.length - 1)
    return retryAfterMs > 0 ? { retryAfterMs } : deliver(input, context)
  }
}
