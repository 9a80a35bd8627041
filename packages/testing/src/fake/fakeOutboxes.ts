import type {
  Json,
  OutboxAnswer,
  OutboxDelivered,
  OutboxDelivery,
  OutboxItem,
} from '@yektayar/protocol'
import { areConsecutive, orderOf, refusals, repeatedAnswer } from '@yektayar/protocol/rules'
import type { NumberedItem, OutboxEnd, Refusal } from '@yektayar/protocol/rules'
import { errorOf, isTemporary, toAnswerError } from './refusal.js'

/** Runs one command of an outbox; the key is also the id of a message that it stores. */
export type RunItem = (name: string, input: unknown, key: string) => Promise<Json | undefined>

/** An item with its number and key. */
interface PlacedItem extends NumberedItem {
  readonly item: OutboxItem
}

/** A stored answer, and the key of its item. */
interface KeptAnswer {
  readonly key: string
  readonly answer: OutboxAnswer
}

/** One outbox: its session, and the answers of its items in order. */
interface FakeOutbox {
  /** `undefined` until the first item is settled. */
  sessionId: string | undefined
  readonly answers: KeptAnswer[]
  /** The running delivery; the next one waits for it. */
  last: Promise<unknown>
}

/** What a delivery needs. */
interface DeliveryScene {
  readonly sessionId: string
  readonly run: RunItem
  /** Whether the session is still valid; without it nothing is answered. */
  isCurrent(this: void): boolean
}

/** The outboxes that a fake server knows, so that each item takes effect once. */
export class FakeOutboxes {
  readonly #outboxes = new Map<string, FakeOutbox>()

  /** @throws {YektaYarError} a refusal of the whole delivery, which has to be sent again then */
  async deliver(delivery: OutboxDelivery, scene: DeliveryScene): Promise<OutboxDelivered> {
    const { outbox: id, items } = delivery
    if (!areConsecutive(items)) throw errorOf(refusals.itemsWithGaps)
    const outbox = this.#outboxes.get(id) ?? newOutbox()
    this.#outboxes.set(id, outbox)
    const settled = outbox.last.then(() => settle(outbox, delivery, scene))
    outbox.last = settled.catch(() => undefined)
    return settled
  }

  /** Moves the outboxes of a session to another one. */
  move(sessionId: string, newSessionId: string): void {
    for (const outbox of this.#outboxes.values()) {
      if (outbox.sessionId === sessionId) outbox.sessionId = newSessionId
    }
  }

  /** Forgets all outboxes, as another store does. */
  clear(): void {
    this.#outboxes.clear()
  }
}

async function settle(
  outbox: FakeOutbox,
  { outbox: id, items, previous: key }: OutboxDelivery,
  scene: DeliveryScene,
): Promise<OutboxDelivered> {
  const { sessionId } = scene
  if ((outbox.sessionId ?? sessionId) !== sessionId) throw errorOf(refusals.outboxOfOther)
  const kept = outbox.answers
  const end = { lastN: kept.length, lastKey: kept.at(-1)?.key ?? null }
  const order = orderOf(items.map(placed), end, { key, isForked: false })
  if ('expected' in order) return order
  const answers = order.old.map((item) => repeated(item, kept[item.n - 1], end))
  if (order.isForked || answers.some(isFork)) {
    return {
      answers: [...answers, ...order.next.map(({ n }) => refused(n, refusals.outboxForked))],
    }
  }
  for (const next of order.next) {
    const answer = await answerOf(next.item, `${id}.${next.n}`, scene).catch((error: unknown) => {
      if (answers.length === 0 || !isTemporary(error)) throw error
    })
    if (!answer) break // the client sends it and the following ones again
    outbox.sessionId ??= sessionId
    kept.push({ key: next.key, answer })
    answers.push(answer)
  }
  return { answers }
}

function newOutbox(): FakeOutbox {
  return { sessionId: undefined, answers: [], last: Promise.resolve() }
}

/** @throws {YektaYarError} if the item has to be sent again */
async function answerOf(
  item: OutboxItem,
  key: string,
  { run, isCurrent }: DeliveryScene,
): Promise<OutboxAnswer> {
  const { n } = item
  if ('skip' in item) return { n, ok: true }
  try {
    return { n, ok: true, data: await run(item.name, item.input, key) }
  } catch (error) {
    if (isTemporary(error) || !isCurrent()) throw error
    const failure = toAnswerError(error)
    // A handler's own `outbox_forked` would make the client change its outbox id again and again.
    return failure.code === 'outbox_forked'
      ? refused(n, refusals.internalError)
      : { n, ok: false, error: failure }
  }
}

/** The answer to a repeated item. */
function repeated(item: PlacedItem, kept: KeptAnswer | undefined, end: OutboxEnd): OutboxAnswer {
  const { n } = item
  const answer = repeatedAnswer(item, kept && { ...kept, isFailure: !kept.answer.ok }, end)
  if (answer === 'forked') return refused(n, refusals.outboxForked)
  if (answer === 'expired' || !kept) return refused(n, refusals.answerExpired)
  return answer === 'empty' ? { n, ok: true } : kept.answer
}

function refused(n: number, refusal: Refusal): OutboxAnswer {
  return { n, ok: false, error: toAnswerError(errorOf(refusal)) }
}

function isFork(answer: OutboxAnswer): boolean {
  return !answer.ok && answer.error.code === 'outbox_forked'
}

function placed(item: OutboxItem): PlacedItem {
  const { n } = item
  if ('skip' in item) return { n, key: '', isSkip: true, item }
  const { key = JSON.stringify([item.name, item.input]) } = item
  return { n, key, isSkip: false, item }
}
