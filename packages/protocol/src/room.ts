import { z } from 'zod'
import { anyJson } from './anyJson.js'
import { MAX_HISTORY_PAGE, MAX_ROOM_NAME_LENGTH } from './constants.js'
import { isStorableText } from './roomName.js'

const name = z
  .string()
  .min(1)
  .max(MAX_ROOM_NAME_LENGTH)
  .refine(isStorableText, 'Expected a name without NUL and lone surrogates')
const sequence = z.int().min(0)

/**
 * A reader's position in a room's log: it has seen everything up to `seq`. By the `id` of that
 * message, the server can detect that the log was restored from a backup since.
 */
export const RoomPosition = z.object({
  epoch: z.string().max(64),
  seq: sequence,
  id: z.string().max(128).optional(),
})
export type RoomPosition = z.infer<typeof RoomPosition>

/** One message of a room's log, and the event `room:message`. */
export const RoomMessage = z.object({
  room: z.string(),
  /** Identifies the store. In another store, the numbers of messages start again. */
  epoch: z.string(),
  /** Consecutive within the room. */
  seq: z.int().min(1),
  /** Unique; `<outbox>.<n>` for a message that came through an outbox. */
  id: z.string(),
  /** `user:<id>`, `session:<id>` for an anonymous session, or `server`. */
  from: z.string(),
  data: anyJson,
  at: z.iso.datetime(),
})
export type RoomMessage = z.infer<typeof RoomMessage>

/** Why a reader cannot continue: messages were removed, or the log is another one. */
export const roomResetReasons = ['truncated', 'epoch_changed'] as const
export type RoomResetReason = (typeof roomResetReasons)[number]

/** There is a gap before the messages in the same answer. */
export const RoomReset = z.object({ reason: z.enum(roomResetReasons) })
export type RoomReset = z.infer<typeof RoomReset>

/** Input of `room:join`: the room, and the caller's position in it. */
export const RoomJoin = z.object({ room: name, after: RoomPosition.optional() })
export type RoomJoin = z.infer<typeof RoomJoin>

/** Result of `room:join`. */
export const RoomJoined = z.object({
  room: z.string(),
  epoch: z.string(),
  /** The number of the newest message; in an empty log, the number before its first message. */
  seq: sequence,
  /** In order: those after `after`; without it or with a reset, the newest ones. */
  messages: z.array(RoomMessage),
  /** Whether there are more: newer ones if `after` was continued, otherwise older ones. */
  more: z.boolean(),
  /** The members that are present: `user:<id>` or `session:<id>`. */
  members: z.array(z.string()),
  /** Present if `after` could not be continued. */
  reset: RoomReset.optional(),
})
export type RoomJoined = z.infer<typeof RoomJoined>

/** Input of `room:leave`. */
export const RoomLeave = z.object({ room: name })
export type RoomLeave = z.infer<typeof RoomLeave>

/** Result of `room:leave`. */
export const RoomLeft = z.object({ room: z.string() })
export type RoomLeft = z.infer<typeof RoomLeft>

/** Input of `room:send`. */
export const RoomSend = z.object({ room: name, data: anyJson })
export type RoomSend = z.infer<typeof RoomSend>

/** Result of `room:send`: the message's place in the room. */
export const RoomReceipt = RoomMessage.omit({ data: true, from: true })
export type RoomReceipt = z.infer<typeof RoomReceipt>

/** Input of `room:history`: one page before or after a sequence number. */
export const RoomHistory = z
  .object({
    room: name,
    epoch: z.string().max(64).optional(),
    before: sequence.optional(),
    after: sequence.optional(),
    limit: z.int().min(1).max(MAX_HISTORY_PAGE).optional(),
  })
  .refine(({ before, after }) => before === undefined || after === undefined, {
    message: 'Give before or after',
  })
export type RoomHistory = z.infer<typeof RoomHistory>

/** Result of `room:history`: in order; the newest ones if neither `before` nor `after` is given. */
export const RoomPage = z.object({
  room: z.string(),
  epoch: z.string(),
  messages: z.array(RoomMessage),
  /** Whether there are more in the requested direction. */
  more: z.boolean(),
  reset: RoomReset.optional(),
})
export type RoomPage = z.infer<typeof RoomPage>

/** Input of `room:typing`. */
export const RoomTyping = z.object({ room: name, isTyping: z.boolean() })
export type RoomTyping = z.infer<typeof RoomTyping>

/** Event `room:typing`: not stored, and not repeated. */
export const RoomTypingChanged = z.object({
  room: z.string(),
  from: z.string(),
  isTyping: z.boolean(),
})
export type RoomTypingChanged = z.infer<typeof RoomTypingChanged>

/** Event `room:head`: the newest message of each room that the connection has joined. */
export const RoomHeads = z.object({
  heads: z.array(z.object({ room: z.string(), epoch: z.string(), seq: sequence })),
})
export type RoomHeads = z.infer<typeof RoomHeads>

/** Event `room:presence`: a member came (with the first connection) or left (with the last). */
export const RoomPresence = z.object({
  room: z.string(),
  member: z.string(),
  isPresent: z.boolean(),
})
export type RoomPresence = z.infer<typeof RoomPresence>

/** Event `room:left`: the connection was removed from the room, since it is no longer allowed. */
export const RoomExpelled = z.object({ room: z.string(), code: z.literal('room_forbidden') })
export type RoomExpelled = z.infer<typeof RoomExpelled>
