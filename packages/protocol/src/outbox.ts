import { z } from 'zod'
import { MAX_DELIVERY_ITEMS } from './constants.js'
import { anyJson } from './anyJson.js'
import { Failure } from './failure.js'

/** One command of an outbox, or the word that its number stays unused. */
export const OutboxItem = z.union([
  z.object({
    n: z.int().min(1),
    name: z.string().max(64),
    input: anyJson.optional(),
    /** Chosen at random by the client, so that a copy of its outbox cannot pass for it. */
    key: z.string().max(64).optional(),
  }),
  z.object({ n: z.int().min(1), skip: z.literal(true) }),
])
export type OutboxItem = z.infer<typeof OutboxItem>

/** Input of `outbox:deliver`: items in the order of their numbers, without gaps. */
export const OutboxDelivery = z.object({
  outbox: z.string().regex(/^[\w-]{16,64}$/),
  items: z.array(OutboxItem).min(1).max(MAX_DELIVERY_ITEMS),
})
export type OutboxDelivery = z.infer<typeof OutboxDelivery>

/** What became of one item, by its number; a skipped one has no data. */
export const OutboxAnswer = z.union([
  z.object({ n: z.int(), ok: z.literal(true), data: anyJson.optional() }),
  z.object({ n: z.int(), ok: z.literal(false), error: Failure }),
])
export type OutboxAnswer = z.infer<typeof OutboxAnswer>

/**
 * Result of `outbox:deliver`: an answer for each item, all of them committed; or nothing was done,
 * and the outbox has to wait, or to go on with another number.
 */
export const OutboxDelivered = z.union([
  z.object({ answers: z.array(OutboxAnswer) }),
  z.object({ retryAfterMs: z.number() }),
  z.object({ expected: z.int().min(1) }),
])
export type OutboxDelivered = z.infer<typeof OutboxDelivered>
