import type { OutboxDelivery, OutboxPut } from '../outbox.js'

/** The delivery that an `outbox:put` stands for. */
export function deliveryOf([outbox, n, messages, previous, user]: OutboxPut): OutboxDelivery {
  return {
    outbox,
    items: messages.map(([key, room, data], index) => {
      return { n: n + index, key, name: 'room:send', input: { room, data } }
    }),
    ...(typeof previous === 'string' && { previous }),
    ...(typeof user === 'string' && { user }),
  }
}
