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
 * Where a reader stands in a room's log: it has seen everything up to `seq`. With the `id` of that
 * message the server can tell a log that was restored from the one that the reader knew.
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
  /** Names the store; the logs of another one number their messages anew. */
  epoch: z.string(),
  /** 1 for the first message of the log, then always one more. */
  seq: z.int().min(1),
  /** Unique; `<outbox>.<n>` of what came through an outbox. */
  id: z.string(),
  /** `user:<id>`, `session:<id>` of somebody who is not signed in, or `server`. */
  from: z.string(),
  data: anyJson,
  at: z.iso.datetime(),
})
export type RoomMessage = z.infer<typeof RoomMessage>

/** Why a reader cannot go on from where it was: messages are gone, or the log is another one. */
export const roomResetReasons = ['truncated', 'epoch_changed'] as const
export type RoomResetReason = (typeof roomResetReasons)[number]

/** There is a hole before the messages that come with it. */
export const RoomReset = z.object({ reason: z.enum(roomResetReasons) })
export type RoomReset = z.infer<typeof RoomReset>

/** Input of `room:join`: the room, and where the caller stands in it. */
export const RoomJoin = z.object({ room: name, after: RoomPosition.optional() })
export type RoomJoin = z.infer<typeof RoomJoin>

/** Result of `room:join`. */
export const RoomJoined = z.object({
  room: z.string(),
  epoch: z.string(),
  /** Of the newest message; 0 in an empty log. */
  seq: sequence,
  /** In order. From `after` on, or without it (and after a reset) the newest ones. */
  messages: z.array(RoomMessage),
  /** Whether there are more: newer ones where `after` counted, else older ones. */
  more: z.boolean(),
  /** Who is there: `user:<id>`, or `session:<id>`. */
  members: z.array(z.string()),
  /** There when `after` could not be continued. */
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

/** Input of `room:history`: one page before or after a sequence number, of an epoch if that is known. */
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

/** Result of `room:history`: in order; the newest where neither `before` nor `after` was given. */
export const RoomPage = z.object({
  room: z.string(),
  epoch: z.string(),
  messages: z.array(RoomMessage),
  /** Whether there are more in the direction that was asked for. */
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

/** Event `room:presence`: a person came or left, whatever the number of their connections. */
export const RoomPresence = z.object({
  room: z.string(),
  member: z.string(),
  isPresent: z.boolean(),
})
export type RoomPresence = z.infer<typeof RoomPresence>

/** Event `room:left`: the connection is not in the room any more, since it may not be. */
export const RoomExpelled = z.object({ room: z.string(), code: z.literal('room_forbidden') })
export type RoomExpelled = z.infer<typeof RoomExpelled>
