import type { AnswerError, Json } from '@yektayar/protocol'
import type { NumberedItem, SentBefore } from '@yektayar/protocol/rules'

/** Who a write is for: it takes effect only while the session is valid and its user the same. */
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
  /** In milliseconds. */
  readonly at: number
}

/** What becomes of one item of an outbox. */
export type DeliveryItem = NumberedItem &
  (
    | { readonly kind: 'skip' }
    /** It was refused, which is kept as its answer. */
    | { readonly kind: 'refused'; readonly error: AnswerError }
    /** It appends a message, from whose place its answer is made. */
    | { readonly kind: 'append'; readonly append: Append }
    /** Its handler has run in this very transaction, and answers with this. */
    | { readonly kind: 'handled'; readonly data: Json | undefined }
    /** Its handler has to run next; nothing is settled from here on. */
    | { readonly kind: 'pending' }
  )

/** What an outbox brings. */
export interface Delivery {
  readonly session: SessionUser
  readonly outbox: string
  /** Consecutive numbers. */
  readonly items: readonly DeliveryItem[]
  readonly before: SentBefore
}

/** The place of the message that an item appended, from which its answer can be made once more. */
interface KeptPlace {
  readonly n: number
  readonly seq: number
}

/** What is kept of the answer to one item, with the item's key. */
export type KeptAnswer = (
  | { readonly n: number; readonly ok: true; readonly data?: Json | undefined }
  | { readonly n: number; readonly ok: false; readonly error: AnswerError }
  | KeptPlace
) & { readonly key: string }

/** What has become of one item. */
export type ItemOutcome =
  | { readonly kind: 'settled'; readonly data?: Json | undefined }
  | ({ readonly kind: 'appended' } & Place)
  /** It was settled before. */
  | { readonly kind: 'kept'; readonly answer: KeptAnswer; readonly at: number }
  /** It was settled before, and its answer is not kept any more. */
  | { readonly kind: 'expired' }
  /** Another item has its number. */
  | { readonly kind: 'forked' }

/** What has become of a delivery. */
export type DeliveryOutcome =
  /** Nothing, since this number is expected next. */
  | { readonly expected: number }
  | {
      /** Of the first items, which may be fewer than were brought. */
      readonly items: readonly ItemOutcome[]
      readonly isForked: boolean
      /** Whether the next item is the pending one. */
      readonly isPending: boolean
    }
