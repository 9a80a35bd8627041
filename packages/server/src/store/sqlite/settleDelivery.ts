import { isCommandError } from '../../shared/commandError.js'
import { isPromise } from '../../shared/maybePromise.js'
import { isTemporary } from '../isTemporary.js'
import type {
  Delivery,
  DeliveryItem,
  DeliveryOutcome,
  ItemOutcome,
  KeptAnswer,
} from '../delivery.js'
import type { Batch } from './batch.js'
import type { DatedAnswer, OutboxEnd } from './outboxLedger.js'

/**
 * Settles the items of an outbox that are next, and looks up what has become of the others.
 *
 * @throws {CommandError} `token_invalid`, `forbidden` for the outbox of another session, `store_full`
 */
export async function settleDelivery(batch: Batch, delivery: Delivery): Promise<DeliveryOutcome> {
  const { session, outbox, items } = delivery
  batch.requireSession(session)
  const end = batch.outboxes.end(outbox, session.id)
  const expected = end.lastN + 1
  const firstN = items[0]?.n ?? expected
  if (firstN > expected && !delivery.isForked) return { expected }

  const outcomes: ItemOutcome[] = []
  const old = items.filter(({ n }) => n < expected)
  const lastOld = old.at(-1)
  if (lastOld) {
    const kept = await batch.outboxes.kept(outbox, firstN, lastOld.n)
    for (const item of old) outcomes.push(outcomeOfOld(item, kept.get(item.n), end))
  }
  // What comes behind an item of a copied outbox waits with it, so that their order holds.
  const isForked =
    delivery.isForked || outcomes.some(isFork) || isForeign(end, delivery.previousKey, lastOld)
  const rest = items.slice(old.length)
  if (isForked) {
    return { items: [...outcomes, ...rest.map(() => FORKED)], isForked, isPending: false }
  }
  const { settled, isPending } = await settleNext(batch, delivery, rest, outcomes.length > 0)
  return { items: [...outcomes, ...settled], isForked, isPending }
}

const FORKED: ItemOutcome = { kind: 'forked' }

/** Settles items whose turn it is, up to one that has to come again. */
async function settleNext(
  batch: Batch,
  { session, outbox }: Delivery,
  items: readonly DeliveryItem[],
  hasOthers: boolean,
): Promise<{ settled: ItemOutcome[]; isPending: boolean }> {
  const settled: ItemOutcome[] = []
  const fresh: KeptAnswer[] = []
  let isPending = false
  for (const item of items) {
    if (item.kind === 'skip' || item.kind === 'refused') {
      fresh.push(keptOf(item))
      settled.push({ kind: 'settled' })
      continue
    }
    try {
      batch.requireSpace()
      if (item.kind === 'pending') {
        isPending = true
        break
      }
      if (item.kind === 'handled') {
        fresh.push({ n: item.n, key: item.key, ok: true, data: item.data })
        settled.push({ kind: 'settled', data: item.data })
        continue
      }
      const appending = batch.rooms.append(item.append, session.id)
      const place = isPromise(appending) ? await appending : appending
      fresh.push({ n: item.n, key: item.key, seq: place.seq })
      settled.push({ kind: 'appended', place })
    } catch (error) {
      const isFirst = settled.length === 0 && !hasOthers
      if (isFirst || !isCommandError(error) || !isTemporary(error)) throw error
      break // the client brings it again, and with it what follows
    }
  }
  batch.outboxes.record(outbox, session.id, fresh)
  return { settled, isPending }
}

function keptOf(item: Extract<DeliveryItem, { kind: 'skip' | 'refused' }>): KeptAnswer {
  const { n, key } = item
  return item.kind === 'skip' ? { n, key, ok: true } : { n, key, ok: false, error: item.error }
}

function isFork({ kind }: ItemOutcome): boolean {
  return kind === 'forked'
}

/** Whether another item was delivered under the number before the next one. */
function isForeign(
  { lastKey }: OutboxEnd,
  previousKey: string | undefined,
  lastOld: DeliveryItem | undefined,
): boolean {
  // An item that was delivered may be skipped when it comes again: then its key is not known.
  const key = !lastOld ? previousKey : lastOld.kind === 'skip' ? undefined : lastOld.key
  return key !== undefined && lastKey !== null && key !== lastKey
}

/** The stored answer, unless the outbox was copied and another item has taken this number. */
function outcomeOfOld(
  { n, key, kind }: DeliveryItem,
  kept: DatedAnswer | undefined,
  { lastN, lastKey }: OutboxEnd,
): ItemOutcome {
  const keptKey = kept?.answer.key ?? (n === lastN ? lastKey : null)
  if (kind !== 'skip' && keptKey !== null && keptKey !== key) return FORKED
  return kept ? { kind: 'kept', ...kept } : { kind: 'expired' }
}
