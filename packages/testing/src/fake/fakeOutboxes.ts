import { YektaYarError } from '@yektayar/client'
import type { OutboxAnswer, OutboxDelivered, OutboxDelivery, OutboxItem } from '@yektayar/protocol'
import { overTheWire } from './checks.js'
import { isTemporary, toAnswerError } from './refusal.js'

/** Runs one command of an outbox; the key is also the id of a message that it stores. */
export type RunItem = (name: string, input: unknown, key: string) => Promise<unknown>

/** An answer, and the key of the item that it answers. */
interface KeptAnswer {
  readonly key: string
  readonly answer: OutboxAnswer
}

/** One outbox: whose it is, and what became of its items, the first one first. */
interface FakeOutbox {
  sessionId: string
  readonly answers: KeptAnswer[]
  /** The delivery under way; the next one waits for it. */
  last: Promise<unknown>
}

/** What a fake server knows of the outboxes of its clients, so that each item takes effect once. */
export class FakeOutboxes {
  readonly #outboxes = new Map<string, FakeOutbox>()

  /** @param isCurrent whether the session is still one, without which nothing is answered */
  async deliver(
    { outbox: id, items, previous }: OutboxDelivery,
    sessionId: string,
    run: RunItem,
    isCurrent: () => boolean,
  ): Promise<OutboxDelivered> {
    const outbox = this.#outboxes.get(id) ?? { sessionId, answers: [], last: Promise.resolve() }
    this.#outboxes.set(id, outbox)
    if (outbox.sessionId !== sessionId) {
      throw new YektaYarError('forbidden', 'This outbox belongs to another session')
    }
    const delivery = outbox.last.then(() =>
      settle(id, outbox, { items, previous }, { run, isCurrent }),
    )
    outbox.last = delivery.catch(() => undefined)
    return delivery
  }

  /** Hands those of a session to another one. */
  move(sessionId: string, newSessionId: string): void {
    for (const outbox of this.#outboxes.values()) {
      if (outbox.sessionId === sessionId) outbox.sessionId = newSessionId
    }
  }

  /** Another store knows none of them. */
  clear(): void {
    this.#outboxes.clear()
  }
}

async function settle(
  id: string,
  { answers }: FakeOutbox,
  { items, previous }: Pick<OutboxDelivery, 'items' | 'previous'>,
  { run, isCurrent }: { run: RunItem; isCurrent: () => boolean },
): Promise<OutboxDelivered> {
  const expected = answers.length + 1
  if ((items[0]?.n ?? expected) > expected) return { expected }
  const old = items.filter(({ n }) => n < expected)
  // What comes behind an item of a copied outbox waits with it, so that their order holds.
  const isForeign = previous !== undefined && answers.length > 0 && old.length === 0
  const isForked =
    old.some((item) => isOther(item, answers[item.n - 1])) ||
    (isForeign && answers.at(-1)?.key !== previous)
  for (const item of isForked ? [] : items.slice(old.length)) {
    const answer = await answerOf(item, `${id}.${item.n}`, run, isCurrent)
    answers.push({ key: keyOf(item), answer })
  }
  return { answers: items.map((item) => stored(item, answers[item.n - 1])) }
}

function isOther(item: OutboxItem, kept: KeptAnswer | undefined): boolean {
  return !kept || (!('skip' in item) && kept.key !== keyOf(item))
}

/** @throws {YektaYarError} after which the item is to be brought again */
async function answerOf(
  item: OutboxItem,
  key: string,
  run: RunItem,
  isCurrent: () => boolean,
): Promise<OutboxAnswer> {
  const { n } = item
  if ('skip' in item) return { n, ok: true }
  try {
    return { n, ok: true, data: overTheWire(await run(item.name, item.input, key)) }
  } catch (error) {
    if (isTemporary(error) || !isCurrent()) throw error
    return { n, ok: false, error: toAnswerError(error) }
  }
}

/** The stored answer, unless the outbox was copied and another item has taken this number. */
function stored(item: OutboxItem, kept: KeptAnswer | undefined): OutboxAnswer {
  if (kept && !isOther(item, kept)) return kept.answer
  const error = new YektaYarError('outbox_forked', 'Another item was delivered under this number')
  return { n: item.n, ok: false, error: toAnswerError(error) }
}

function keyOf(item: OutboxItem): string {
  return 'skip' in item ? '' : (item.key ?? JSON.stringify([item.name, item.input]))
}
