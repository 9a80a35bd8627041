import type { OutboxItem as WireItem } from '@yektayar/protocol'
import type { CommandSender } from '../commands/commandSender.js'
import { errorFromServer } from '../shared/errorFromServer.js'
import { MAX_USER_BYTES } from '../shared/limits.js'
import { byteLength } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import { isSettled, keyBefore, noteSent } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/** The outcome of a batch: an answer for each number, or the reason why there is none. */
export type DeliveryResult =
  | {
      readonly answers: ReadonlyMap<number, unknown>
      readonly requestId: string | undefined
    }
  | { readonly expected: number }
  | { readonly error: YektaYarError }

/** Sends items as one batch; never rejects. */
export async function deliverBatch(
  commands: CommandSender,
  outbox: string,
  items: readonly OutboxEntry[],
  { user, timeoutMs }: { user: string | undefined; timeoutMs: number },
): Promise<DeliveryResult> {
  try {
    const previous = items[0] && keyBefore(items[0])
    const first = items[0]?.n ?? 0
    for (const item of items) noteSent(item)
    commands.connection.trace?.({
      type: 'outbox-deliver',
      count: items.length,
      first,
      last: items.at(-1)?.n ?? 0,
    })
    const isShort = byteLength(JSON.stringify(user ?? null)) <= MAX_USER_BYTES
    const known = user && isShort ? user : undefined
    const { server } = commands.connection
    const messages = server.canPut ? messagesOf(items) : undefined
    const [name, input] = messages
      ? ['outbox:put', [outbox, first, messages, previous ?? null, ...(known ? [known] : [])]]
      : [
          'outbox:deliver',
          {
            outbox,
            items: items.map(toWire),
            ...(previous !== undefined && { previous }),
            ...(known && { user: known }),
          },
        ]
    const call = commands.send(name, input, { timeoutMs })
    const { answers, expected, retryAfterMs } = propertiesOf(await call.answer)
    const { requestId } = call
    if (Array.isArray(answers)) {
      const read = readAnswers(answers, items, (index) => `${outbox}.${String(first + index)}`)
      for (const message of read.own) server.hear('room:message', message)
      return { answers: read.byNumber, requestId }
    }
    if (typeof expected === 'number') return { expected }
    const isLater = typeof retryAfterMs === 'number'
    return { error: errorFromServer('outbox:deliver', isLater ? later(retryAfterMs) : undefined) }
  } catch (error) {
    return { error: error as YektaYarError } // nothing else is thrown in there
  }
}

/** An error in the server's format, for an answer that only says when to send the batch again. */
function later(retryAfterMs: number): object {
  return { code: 'rate_limited', message: 'later', retryable: true, data: { retryAfterMs } }
}

/**
 * The answers by number; answers without a number are ignored. A list is the place of a message in its
 * room, which the server does not send to this connection again.
 *
 * @param idOf the id of the message of an item, which may have another number by now
 */
function readAnswers(
  answers: readonly unknown[],
  items: readonly OutboxEntry[],
  idOf: (index: number) => string,
): { byNumber: ReadonlyMap<number, unknown>; own: readonly object[] } {
  const byNumber = new Map<number, unknown>()
  const own: object[] = []
  for (const [index, answer] of answers.entries()) {
    const item = items[index]
    if (Array.isArray(answer) && item) {
      const { room, data: sent } = propertiesOf(item.snapshot.input)
      const [epoch, seq, at, from] = answer as unknown[]
      const data = { room, epoch, seq, id: idOf(index), at }
      own.push({ ...data, from, data: sent })
      byNumber.set(item.n, { ok: true, data })
    }
    const { n } = propertiesOf(answer)
    if (typeof n === 'number') byNumber.set(n, answer)
  }
  return { byNumber, own }
}

/** The items in the short form, where all of them are messages to rooms. */
function messagesOf(items: readonly OutboxEntry[]): unknown[] | undefined {
  const messages = items.map((item) => {
    const { id, name, input } = item.snapshot
    const { room, data } = propertiesOf(input)
    return !isSettled(item) && name === 'room:send' && data !== undefined && [id, room, data]
  })
  return messages.every(Boolean) ? messages : undefined
}

/** A settled item is sent as a skip, since later items wait for its number. */
function toWire(item: OutboxEntry): WireItem {
  const { n, snapshot } = item
  if (isSettled(item)) return { n, skip: true }
  const { id: key, name, input } = snapshot
  return { n, key, name, ...(input !== undefined && { input }) }
}
