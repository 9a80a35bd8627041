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
    for (const item of items) noteSent(item)
    commands.connection.trace?.({
      type: 'outbox-deliver',
      count: items.length,
      first: items[0]?.n ?? 0,
      last: items.at(-1)?.n ?? 0,
    })
    const isShort = byteLength(JSON.stringify(user ?? null)) <= MAX_USER_BYTES
    const input = {
      outbox,
      items: items.map(toWire),
      ...(previous !== undefined && { previous }),
      ...(user && isShort && { user }),
    }
    const call = commands.send('outbox:deliver', input, { timeoutMs })
    const { answers, expected, retryAfterMs } = propertiesOf(await call.answer)
    const { requestId } = call
    if (Array.isArray(answers)) return { answers: byNumber(answers), requestId }
    if (typeof expected === 'number') return { expected }
    const isLater = typeof retryAfterMs === 'number'
    return { error: errorFromServer('outbox:deliver', isLater ? later(retryAfterMs) : undefined) }
  } catch (error) {
    return { error: error as YektaYarError } // nothing else is thrown in there
  }
}

/** What a server says that takes the batch later. */
function later(retryAfterMs: number): object {
  return { code: 'rate_limited', message: 'later', retryable: true, data: { retryAfterMs } }
}

/** The answers by number; answers without a number are ignored. */
function byNumber(answers: readonly unknown[]): ReadonlyMap<number, unknown> {
  const found = new Map<number, unknown>()
  for (const answer of answers) {
    const { n } = propertiesOf(answer)
    if (typeof n === 'number') found.set(n, answer)
  }
  return found
}

/** A settled item is sent as a skip, since later items wait for its number. */
function toWire(item: OutboxEntry): WireItem {
  const { n, snapshot } = item
  if (isSettled(item)) return { n, skip: true }
  const { id: key, name, input } = snapshot
  return { n, key, name, ...(input !== undefined && { input }) }
}
