/** One item of a delivery, as far as its place in the outbox goes. */
export interface NumberedItem {
  readonly n: number
  /** Tells the item from another one with the same number; empty for a skip. */
  readonly key: string
  readonly isSkip: boolean
}

/** The last item that an outbox has brought. */
export interface OutboxEnd {
  /** 0 if there was none. */
  readonly lastN: number
  /** Empty for a skip; `null` if it is not known. */
  readonly lastKey: string | null
}

/** What came before the items of a delivery. */
export interface SentBefore {
  /** The key under which the client has sent the number before the first item, if it says so. */
  readonly key: string | undefined
  /** Whether an earlier item of the same packet has shown that the outbox was copied. */
  readonly isForked: boolean
}

/** Items in the order of their numbers, or the number that has to come first. */
export type DeliveryOrder<Item extends NumberedItem> =
  | { readonly expected: number }
  | {
      /** Were brought before: they are answered from what is kept. */
      readonly old: readonly Item[]
      /** Come next. */
      readonly next: readonly Item[]
      /** Another item was delivered before the next one: the outbox was copied, and nothing runs. */
      readonly isForked: boolean
    }

/** What an item is answered that was brought before. */
export type RepeatedAnswer =
  /** `outbox_forked`: another item has used the number. */
  | 'forked'
  /** `answer_expired`: its answer is not kept any more. */
  | 'expired'
  /** The failure that is kept. */
  | 'failure'
  /** Success without data, as for every skip. */
  | 'empty'
  /** The result that is kept. */
  | 'result'

/** Whether the numbers of items follow each other without gaps. */
export function areConsecutive(items: readonly Pick<NumberedItem, 'n'>[]): boolean {
  const first = items[0]?.n ?? 0
  return items.every(({ n }, index) => n === first + index)
}

/** Tells the items of a delivery that are old from those that come next. */
export function orderOf<Item extends NumberedItem>(
  items: readonly Item[],
  end: OutboxEnd,
  before: SentBefore,
): DeliveryOrder<Item> {
  const expected = end.lastN + 1
  const firstN = items[0]?.n ?? expected
  if (firstN > expected && !before.isForked) return { expected }
  const old = items.filter(({ n }) => n < expected)
  const isForked = before.isForked || isCopied(end, before, old.at(-1))
  return { old, next: items.slice(old.length), isForked }
}

/**
 * What an item is answered that was brought before.
 *
 * @param kept what is known of the answer; `undefined` if it is not kept any more
 */
export function repeatedAnswer(
  { n, key, isSkip }: NumberedItem,
  kept: { readonly key: string; readonly isFailure: boolean } | undefined,
  { lastN, lastKey }: OutboxEnd,
): RepeatedAnswer {
  const knownKey = kept?.key ?? (n === lastN ? lastKey : null)
  // An item that was delivered may be skipped when it comes again: then its key is not known.
  if (!isSkip && knownKey !== null && knownKey !== key) return 'forked'
  if (!kept) return 'expired'
  if (kept.isFailure) return 'failure'
  return isSkip ? 'empty' : 'result'
}

/** Whether another item was delivered under the number before the next one. */
function isCopied(
  { lastN, lastKey }: OutboxEnd,
  before: SentBefore,
  lastOld: NumberedItem | undefined,
): boolean {
  if (lastKey === null) return false
  if (!lastOld) return before.key !== undefined && before.key !== lastKey
  return lastOld.n === lastN && !lastOld.isSkip && lastOld.key !== lastKey
}
