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

/**
 * One member of a room: `user:<id>` or `session:<id>`, once however many connections it has, with
 * the presence that it has set last.
 */
export const RoomPresent = z.object({ id: z.string(), presence: anyJson.optional() })
export type RoomPresent = z.infer<typeof RoomPresent>

/** Input of `room:join`: the room, the caller's position in it, and what to show to the others. */
export const RoomJoin = z.object({
  room: name,
  after: RoomPosition.optional(),
  presence: anyJson.optional(),
})
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
  /** The members that are present, with the caller; in a crowd only some. */
  members: z.array(RoomPresent),
  /** How many members are present. */
  memberCount: z.int().min(0),
  /** The state of the list; a `room:presence` with the same number or a lower one is in it already. */
  membersVersion: sequence,
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
    /** Of the message at `after`, by which the server notices that the log has lost it. */
    id: z.string().max(128).optional(),
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

/** Input of `presence:set`: what a member of a room shows to the others from now on. */
export const PresenceSet = z.object({ room: name, presence: anyJson })
export type PresenceSet = z.infer<typeof PresenceSet>

/** Event `room:presence`: what has changed in the list of members since the last one. */
export const RoomPresence = z.object({
  room: z.string(),
  memberCount: z.int().min(0),
  membersVersion: sequence,
  /** The members that came, or whose presence has changed. */
  present: z.array(RoomPresent),
  /** The ids of those that left, or that a crowd lists no more. */
  gone: z.array(z.string()),
  /** `present` is the whole list, in place of the one before. */
  isWhole: z.literal(true).optional(),
})
export type RoomPresence = z.infer<typeof RoomPresence>

/** Event `room:left`: the connection was removed from the room, since it is no longer allowed. */
export const RoomExpelled = z.object({ room: z.string(), code: z.literal('room_forbidden') })
export type RoomExpelled = z.infer<typeof RoomExpelled>
