import { z } from 'zod'
import { MAX_EARLY_JOINS } from './constants.js'
import { Failure } from './failure.js'
import { RoomJoined } from './room.js'

/**
 * Event `connection:accepted`: which wishes of the handshake the server has taken. It comes before
 * `connected`, and only to a client that has presented such wishes.
 */
export const ConnectionAccepted = z.object({
  /** How many joins of `auth.joins`, from the first on. */
  joins: z.int().min(0).max(MAX_EARLY_JOINS),
  /** Whether the server has the command `outbox:put`. */
  puts: z.boolean(),
})
export type ConnectionAccepted = z.infer<typeof ConnectionAccepted>

const index = z
  .int()
  .min(0)
  .max(MAX_EARLY_JOINS - 1)

/** Event `room:joined`: the answer to a join of `auth.joins`, by its place there. */
export const RoomEntered = z.union([
  z.object({ index, ok: z.literal(true), data: RoomJoined }),
  z.object({ index, ok: z.literal(false), error: Failure }),
])
export type RoomEntered = z.infer<typeof RoomEntered>
