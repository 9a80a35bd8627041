import { orderOf, repeatedAnswer } from '@yektayar/protocol/rules'
import type { OutboxEnd } from '@yektayar/protocol/rules'
import { isCommandError } from '../shared/commandError.js'
import { isPromise } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { isTemporary } from './isTemporary.js'
import type {
  Append,
  DatedAnswer,
  Delivery,
  DeliveryItem,
  DeliveryOutcome,
  ItemOutcome,
  KeptAnswer,
  Place,
  SessionUser,
} from './delivery.js'

/** The transaction in which a delivery is settled. */
export interface DeliveryBatch {
  /** @throws {CommandError} `token_invalid`, or `store_unavailable` for another user */
  requireSession(session: SessionUser): void
  /** @throws {CommandError} `store_full` */
  requireSpace(): void
  /**
   * Counts what a session stores.
   *
   * @throws {CommandError} `rate_limited`
   */
  takeBytes(sessionId: string, bytes: number): void
  readonly rooms: {
    /** @throws {CommandError} `rate_limited` */
    append(append: Append, sessionId?: string): MaybePromise<Place>
  }
  readonly outboxes: {
    /** @throws {CommandError} `forbidden` for the outbox of another session */
    end(id: string, sessionId: string): OutboxEnd
    /** Answers kept for a range of numbers, by number. */
    kept(id: string, firstN: number, lastN: number): Promise<ReadonlyMap<number, DatedAnswer>>
    /** Records the answers of the next items. */
    record(id: string, sessionId: string, answers: readonly KeptAnswer[]): void
  }
}

/**
 * Settles the next items of an outbox, and looks up the outcomes of repeated ones.
 *
 * @throws {CommandError} `token_invalid`, `forbidden` for the outbox of another session, `store_full`
 */
export async function settleDelivery(
  batch: DeliveryBatch,
  delivery: Delivery,
): Promise<DeliveryOutcome> {
  const { session, outbox, items, before } = delivery
  batch.requireSession(session)
  const end = batch.outboxes.end(outbox, session.id)
  const order = orderOf(items, end, before)
  if ('expected' in order) return order

  const { old, next } = order
  const outcomes: ItemOutcome[] = []
  const [firstOld, lastOld] = [old[0], old.at(-1)]
  if (firstOld && lastOld) {
    const kept = await batch.outboxes.kept(outbox, firstOld.n, lastOld.n)
    for (const item of old) outcomes.push(outcomeOfOld(item, kept.get(item.n), end))
  }
  // Items after a forked item of a copied outbox are not settled either, which keeps their order.
  const isForked = order.isForked || outcomes.some(isFork)
  if (isForked) {
    return { items: [...outcomes, ...next.map(() => FORKED)], isForked, isPending: false }
  }
  const { settled, isPending } = await settleNext(batch, delivery, next, outcomes.length > 0)
  return { items: [...outcomes, ...settled], isForked, isPending }
}

const FORKED: ItemOutcome = { kind: 'forked' }

/** Settles the next items, up to one that has to be sent again. */
async function settleNext(
  batch: DeliveryBatch,
  { session, outbox }: Delivery,
  items: readonly DeliveryItem[],
  hasOthers: boolean,
): Promise<{ settled: ItemOutcome[]; isPending: boolean }> {
  const settled: ItemOutcome[] = []
  const fresh: KeptAnswer[] = []
  let isPending = false
  for (const item of items) {
    if (item.kind === 'skip') {
      fresh.push({ n: item.n, key: item.key, ok: true })
      settled.push({ kind: 'settled' })
      continue
    }
    try {
      batch.requireSpace()
      if (item.kind === 'pending') {
        isPending = true
        break
      }
      if (item.kind !== 'append') {
        const answer = answerOf(item)
        batch.takeBytes(session.id, Buffer.byteLength(JSON.stringify(answer)))
        fresh.push(answer)
        settled.push({ kind: 'settled', ...(item.kind === 'handled' && { data: item.data }) })
        continue
      }
      const appending = batch.rooms.append(item.append, session.id)
      const { seq, at } = isPromise(appending) ? await appending : appending
      fresh.push({ n: item.n, key: item.key, seq })
      settled.push({ kind: 'appended', seq, at })
    } catch (error) {
      const isFirst = settled.length === 0 && !hasOthers
      if (isFirst || !isCommandError(error) || !isTemporary(error)) throw error
      break // the client sends it and the following ones again
    }
  }
  batch.outboxes.record(outbox, session.id, fresh)
  return { settled, isPending }
}

function answerOf(item: Extract<DeliveryItem, { kind: 'handled' | 'refused' }>): KeptAnswer {
  const { n, key } = item
  return item.kind === 'handled'
    ? { n, key, ok: true, data: item.data }
    : { n, key, ok: false, error: item.error }
}

function isFork({ kind }: ItemOutcome): boolean {
  return kind === 'forked'
}

/** The stored answer, unless the outbox was copied and another item has taken this number. */
function outcomeOfOld(
  item: DeliveryItem,
  kept: DatedAnswer | undefined,
  end: OutboxEnd,
): ItemOutcome {
  const known = kept && { key: kept.answer.key, isFailure: isFailure(kept.answer) }
  const answer = repeatedAnswer(item, known, end)
  if (answer === 'forked') return FORKED
  return kept ? { kind: 'kept', ...kept } : { kind: 'expired' }
}

function isFailure(answer: KeptAnswer): boolean {
  return 'ok' in answer && !answer.ok
}
