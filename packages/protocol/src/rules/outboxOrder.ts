/** The number and the key of one item of a delivery. */
export interface NumberedItem {
  readonly n: number
  /** Distinguishes the item from another one with the same number; empty for a skip. */
  readonly key: string
  readonly isSkip: boolean
}

/** The last settled item of an outbox. */
export interface OutboxEnd {
  /** 0 if there was none. */
  readonly lastN: number
  /** Empty for a skip; `null` if it is not known. */
  readonly lastKey: string | null
}

/** What is known about the item before a delivery. */
export interface SentBefore {
  /** The key under which the client sent the item before the first one, if it knows it. */
  readonly key: string | undefined
  /** Whether an earlier item of the same packet showed that the outbox was copied. */
  readonly isForked: boolean
}

/** Items split into old and next ones, or the number that is expected first. */
export type DeliveryOrder<Item extends NumberedItem> =
  | { readonly expected: number }
  | {
      /** Repeated items, which are answered from the stored answers. */
      readonly old: readonly Item[]
      /** Items that have not been settled yet. */
      readonly next: readonly Item[]
      /** Whether the outbox was copied: another item precedes `next`. Nothing runs then. */
      readonly isForked: boolean
    }

/** The kind of answer to a repeated item. */
export type RepeatedAnswer =
  /** `outbox_forked`: another item has used the number. */
  | 'forked'
  /** `answer_expired`: its answer has been removed. */
  | 'expired'
  /** The stored failure. */
  | 'failure'
  /** Success without data, as for every skip. */
  | 'empty'
  /** The stored result. */
  | 'result'

/** Whether the numbers of items are consecutive. */
export function areConsecutive(items: readonly Pick<NumberedItem, 'n'>[]): boolean {
  const first = items[0]?.n ?? 0
  return items.every(({ n }, index) => n === first + index)
}

/** Splits the items of a delivery into repeated ones and next ones. */
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
 * Decides the answer to a repeated item.
 *
 * @param kept the stored answer; `undefined` if it has been removed
 */
export function repeatedAnswer(
  { n, key, isSkip }: NumberedItem,
  kept: { readonly key: string; readonly isFailure: boolean } | undefined,
  { lastN, lastKey }: OutboxEnd,
): RepeatedAnswer {
  const knownKey = kept?.key ?? (n === lastN ? lastKey : null)
  // A delivered item may be repeated as a skip, which has no key to compare.
  if (!isSkip && knownKey !== null && knownKey !== key) return 'forked'
  if (!kept) return 'expired'
  if (kept.isFailure) return 'failure'
  return isSkip ? 'empty' : 'result'
}

/** Whether a different item was delivered under the number before the next one. */
function isCopied(
  { lastN, lastKey }: OutboxEnd,
  before: SentBefore,
  lastOld: NumberedItem | undefined,
): boolean {
  if (lastKey === null) return false
  if (!lastOld) return before.key !== undefined && before.key !== lastKey
  return lastOld.n === lastN && !lastOld.isSkip && lastOld.key !== lastKey
}
