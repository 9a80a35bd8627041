import type { OutboxDelivered, OutboxDelivery, OutboxPut } from '@yektayar/protocol'
import { deliveryOf } from '@yektayar/protocol/rules'
import type { CoreHandler } from '../commands/commandContext.js'
import type { DeliverOutbox } from '../once/deliverOutbox.js'
import { messageId } from '../once/itemAnswer.js'
import type { OwnEcho, OwnEchoes } from '../rooms/ownEchoes.js'
import type { Limits } from '../shared/limits.js'
import type { RateLimit } from '../shared/rateLimit.js'

/** What the handlers of outboxes need. */
export interface OutboxHandlerDeps {
  deliver: DeliverOutbox
  /** Counts the commands of each session. */
  perSession: RateLimit
  ownEchoes: OwnEchoes
  limits: Limits
}

/** The handlers of outboxes. */
export function createOutboxCommands({
  deliver,
  perSession,
  ownEchoes,
  limits: { changedUserRetryMs },
}: OutboxHandlerDeps): {
  'outbox:deliver': CoreHandler<'outbox:deliver'>
  'outbox:put': CoreHandler<'outbox:put'>
} {
  /**
   * Takes a batch of an outbox. Each item counts as one command of the session. A batch sent while
   * another user was signed in is answered with `retryAfterMs`: its client decides by then which
   * items still belong to the current user.
   */
  const take = async (
    delivery: OutboxDelivery,
    context: Parameters<DeliverOutbox>[1],
  ): Promise<OutboxDelivered> => {
    const { session } = context
    const { user = session.userId, items } = delivery
    if (user !== session.userId) return { retryAfterMs: changedUserRetryMs }
    const retryAfterMs = perSession.take(session.id, items.length - 1)
    return retryAfterMs > 0 ? { retryAfterMs } : deliver(delivery, context)
  }
  return {
    'outbox:deliver': (context) => take(context.input, context),
    'outbox:put': async (context) => {
      const { input, connection } = context
      const echoes = expectEchoes(ownEchoes, input, connection.id)
      try {
        const delivered = await take(deliveryOf(input), context)
        if (!('answers' in delivered)) return delivered
        const answers = delivered.answers.map((answer) => {
          const { message } = echoes.get(answer.n) ?? {}
          if (!message || !answer.ok) return answer
          const { epoch, seq, at, from } = message
          return [epoch, seq, at, from] as [string, number, string, string]
        })
        return { answers }
      } finally {
        for (const [n, echo] of echoes) ownEchoes.end(messageId(input[0], n), echo)
      }
    },
  }
}

function expectEchoes(
  ownEchoes: OwnEchoes,
  [outbox, first, messages]: OutboxPut,
  connectionId: string,
): ReadonlyMap<number, OwnEcho> {
  return new Map(
    messages.map(([, , data], index) => {
      const n = first + index
      return [n, ownEchoes.expect(messageId(outbox, n), connectionId, data)]
    }),
  )
}
