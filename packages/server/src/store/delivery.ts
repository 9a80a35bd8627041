import type { AnswerError, Json } from '@yektayar/protocol'
import type { NumberedItem, SentBefore } from '@yektayar/protocol/rules'

/** The session of a write. The write takes effect only if it is valid and still has this user. */
export interface SessionUser {
  readonly id: string
  readonly userId: string | null
}

/** A message without its place in the room. */
export interface NewMessage {
  readonly id: string
  readonly from: string
  readonly data: Json
}

/** A message that gets the next place in its room. */
export interface Append {
  readonly room: string
  readonly message: NewMessage
}

/** The place of a message in its room. */
export interface Place {
  readonly seq: number
  /** In milliseconds since 1970. */
  readonly at: number
}

/** One item of an outbox, and what to do with it. */
export type DeliveryItem = NumberedItem &
  (
    | { readonly kind: 'skip' }
    /** It was refused; the error is stored as its answer. */
    | { readonly kind: 'refused'; readonly error: AnswerError }
    /** It appends a message; its answer is made from the message's place. */
    | { readonly kind: 'append'; readonly append: Append }
    /** Its handler has run in the same transaction and returned this. */
    | { readonly kind: 'handled'; readonly data: Json | undefined }
    /** Its handler has to run next; this item and later ones are not settled. */
    | { readonly kind: 'pending' }
  )

/** A batch of an outbox. */
export interface Delivery {
  readonly session: SessionUser
  readonly outbox: string
  /** Consecutive numbers. */
  readonly items: readonly DeliveryItem[]
  readonly before: SentBefore
}

/** The place of the message that an item appended. Its answer can be made from it again. */
interface KeptPlace {
  readonly n: number
  readonly seq: number
}

/** The stored answer to one item, with the item's key. */
export type KeptAnswer = (
  | { readonly n: number; readonly ok: true; readonly data?: Json | undefined }
  | { readonly n: number; readonly ok: false; readonly error: AnswerError }
  | KeptPlace
) & { readonly key: string }

/** A stored answer, and when it was committed. */
export interface DatedAnswer {
  readonly answer: KeptAnswer
  /** In milliseconds since 1970. */
  readonly at: number
}

/** The outcome of one item. */
export type ItemOutcome =
  | { readonly kind: 'settled'; readonly data?: Json | undefined }
  | ({ readonly kind: 'appended' } & Place)
  /** It was settled before. */
  | { readonly kind: 'kept'; readonly answer: KeptAnswer; readonly at: number }
  /** It was settled before, and its answer has been removed. */
  | { readonly kind: 'expired' }
  /** A different item was settled under the same number. */
  | { readonly kind: 'forked' }

/** The outcome of a delivery. */
export type DeliveryOutcome =
  /** Nothing was settled, since another number is expected next. */
  | { readonly expected: number }
  | {
      /** The outcomes of the first items; there may be fewer than items. */
      readonly items: readonly ItemOutcome[]
      readonly isForked: boolean
      /** Whether the next item is the pending one. */
      readonly isPending: boolean
    }
