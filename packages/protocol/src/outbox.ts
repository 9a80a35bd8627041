import { z } from 'zod'
import { MAX_DELIVERY_ITEMS } from './constants.js'
import { anyJson } from './anyJson.js'
import { Failure } from './failure.js'
import type { Json } from './jsonValue.js'
import { isStorableText } from './roomName.js'

const OUTBOX_ID = /^[\w-]{16,64}$/
const MAX_NAME_LENGTH = 64
const MAX_KEY_LENGTH = 64

/** One command of an outbox. */
interface OutboxCommand {
  n: number
  name: string
  input?: Json | undefined
  /** A random key from the client, by which a copy of its outbox is detected. */
  key?: string | undefined
}

/** One command of an outbox, or a skip, which marks its number as unused. */
export type OutboxItem = OutboxCommand | { n: number; skip: true }

/** Checked by hand, since a schema is several times slower and a packet has up to 32 items. */
export const OutboxItem = z.custom<OutboxItem>(
  isOutboxItem,
  'Expected { n, name, input?, key? } or { n, skip: true }',
)

function isOutboxItem(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { n, name, key, skip } = value as Partial<Record<string, unknown>> // read as unknown
  if (!Number.isSafeInteger(n) || (n as number) < 1) return false
  if ('skip' in value) return skip === true
  return isText(name, MAX_NAME_LENGTH) && (key === undefined || isText(key, MAX_KEY_LENGTH))
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value.length <= maxLength && isStorableText(value)
}

/**
 * Input of `outbox:deliver`: items with consecutive numbers. `previous` is the key under which the
 * item before the first one was sent, empty for a skip; it is missing if that is unknown.
 */
export const OutboxDelivery = z.object({
  outbox: z.string().regex(OUTBOX_ID),
  items: z.array(OutboxItem).min(1).max(MAX_DELIVERY_ITEMS),
  previous: z.string().max(MAX_KEY_LENGTH).refine(isStorableText).optional(),
  /**
   * The signed-in user as far as the client knows. If another user is signed in by now, nothing is
   * done, and the client has to send the batch again.
   */
  user: z.string().nullable().optional(),
})
export type OutboxDelivery = z.infer<typeof OutboxDelivery>

/** The outcome of one item, by its number; a skip has no data. */
export const OutboxAnswer = z.union([
  z.object({ n: z.int(), ok: z.literal(true), data: anyJson.optional() }),
  z.object({ n: z.int(), ok: z.literal(false), error: Failure }),
])
export type OutboxAnswer = z.infer<typeof OutboxAnswer>

/**
 * Result of `outbox:deliver`: an answer for each committed item; or nothing was done, and the
 * outbox has to wait or to continue with another number.
 */
export const OutboxDelivered = z.union([
  z.object({ answers: z.array(OutboxAnswer) }),
  z.object({ retryAfterMs: z.number() }),
  z.object({ expected: z.int().min(1) }),
])
export type OutboxDelivered = z.infer<typeof OutboxDelivered>

/** A message of `outbox:put`: the key of its item, the room, and its data. */
export type PutMessage = readonly [key: string, room: string, data: Json]

/**
 * Input of `outbox:put`, which is `outbox:deliver` for messages to rooms, in fewer bytes: the outbox, the
 * number of the first message, the messages with consecutive numbers, and `previous` and `user` of
 * `outbox:deliver`; `null` for an unknown `previous`.
 */
export type OutboxPut = readonly [
  outbox: string,
  n: number,
  messages: readonly PutMessage[],
  previous?: string | null,
  user?: string | null,
]

/** Checked by hand, as `OutboxItem` is. */
export const OutboxPut = z.custom<OutboxPut>(
  isOutboxPut,
  'Expected [outbox, n, [[key, room, data], …], previous?, user?]',
)

function isOutboxPut(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 3 || value.length > 5) return false
  const [outbox, n, messages, previous = null, user = null] = value as unknown[]
  if (typeof outbox !== 'string' || !OUTBOX_ID.test(outbox)) return false
  if (!Number.isSafeInteger(n) || (n as number) < 1) return false
  if (!Array.isArray(messages) || messages.length < 1) return false
  if (messages.length > MAX_DELIVERY_ITEMS || !messages.every(isPutMessage)) return false
  if (previous !== null && !isText(previous, MAX_KEY_LENGTH)) return false
  return user === null || typeof user === 'string'
}

function isPutMessage(value: unknown): boolean {
  return Array.isArray(value) && value.length === 3 && isText(value[0], MAX_KEY_LENGTH)
}

/**
 * The place of a message of `outbox:put`, and who it is from. With it its sender has the whole message,
 * which is therefore not sent to this connection again.
 */
export const OwnMessage = z.tuple([
  z.string(), // epoch
  z.int().min(1), // seq
  z.iso.datetime(), // at
  z.string(), // from
])
export type OwnMessage = z.infer<typeof OwnMessage>

/** Result of `outbox:put`: as of `outbox:deliver`, with a short answer where the message is not sent again. */
export const OutboxPutAnswered = z.union([
  z.object({ answers: z.array(z.union([OwnMessage, OutboxAnswer])) }),
  z.object({ retryAfterMs: z.number() }),
  z.object({ expected: z.int().min(1) }),
])
export type OutboxPutAnswered = z.infer<typeof OutboxPutAnswered>
