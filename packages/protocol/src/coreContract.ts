import { z } from 'zod'
import { command, defineContract } from './contract.js'
import { anyJson } from './anyJson.js'
import { ConnectionAccepted, RoomEntered } from './earlyJoin.js'
import { Failure } from './failure.js'
import { json, none, optionalJson } from './json.js'
import { OutboxDelivered, OutboxDelivery, OutboxPut, OutboxPutAnswered } from './outbox.js'
import { room } from './roomDefinition.js'
import {
  PresenceSet,
  RoomExpelled,
  RoomHeads,
  RoomHistory,
  RoomJoin,
  RoomJoined,
  RoomLeave,
  RoomLeft,
  RoomMessage,
  RoomPage,
  RoomPresence,
  RoomReceipt,
  RoomSend,
  RoomTyping,
  RoomTypingChanged,
} from './room.js'
import { AcquiredSession, SessionChanged, SessionEnded } from './session.js'

const timestamp = z.iso.datetime()

/** Result of `ping`. */
export const Pong = z.object({ timestamp })
export type Pong = z.infer<typeof Pong>

/** Result of `status`: the server, and the caller's own connection. */
export const StatusReport = z.object({
  server: z.object({
    name: z.string(),
    version: z.string(),
    status: z.string(),
    timestamp,
  }),
  connection: z.object({
    socketId: z.string(),
    /** The caller's own token: presented at the handshake, or renewed since. */
    sessionToken: z.string(),
    userId: z.string().nullable(),
    isLoggedIn: z.boolean(),
    rooms: z.array(z.string()),
  }),
})
export type StatusReport = z.infer<typeof StatusReport>

/** Result of `info`: the server's description and features; the token is masked. */
export const InfoReport = z.object({
  server: z.object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    features: z.object({
      rest: z.boolean(),
      websocket: z.boolean(),
      authentication: z.boolean(),
      realtime: z.boolean(),
    }),
  }),
  websocket: z.object({
    connected: z.boolean(),
    transport: z.string(),
    protocol: z.number(),
    activeConnections: z.number(),
  }),
  session: z.object({
    authenticated: z.boolean(),
    /** The user's id, or `anonymous`. */
    userId: z.string(),
    /** `***` and the last six characters of the token. */
    sessionToken: z.string(),
  }),
  timestamp,
})
export type InfoReport = z.infer<typeof InfoReport>

/** Result of `echo`. */
export const Echoed = z.object({ received: anyJson, timestamp, socketId: z.string() })
export type Echoed = z.infer<typeof Echoed>

/** Result of `message`. */
export const MessageReceipt = z.object({
  success: z.literal(true),
  message: z.string(),
  data: anyJson,
  timestamp,
})
export type MessageReceipt = z.infer<typeof MessageReceipt>

/** Event `connected`: sent once to every admitted connection. */
export const Welcome = z.object({
  message: z.string(),
  socketId: z.string(),
  isLoggedIn: z.boolean(),
})
export type Welcome = z.infer<typeof Welcome>

/** Event `command:failed`: a command without an acknowledgement has failed. */
export const CommandFailed = z.object({ command: z.string(), error: Failure })
export type CommandFailed = z.infer<typeof CommandFailed>

/** Event `server:draining`: the server is closing, so the connection is about to be lost. */
export const ServerDraining = z.object({
  /** How long to wait before reconnecting. */
  retryAfterMs: z.number(),
  /** The window after that; each client reconnects at a random time within it. */
  spreadMs: z.number(),
})
export type ServerDraining = z.infer<typeof ServerDraining>

/**
 * The commands and events of the guide, and those of sessions, outboxes and rooms; and the rooms of
 * everybody, of a user and of a session, with any JSON. Apps add their own with `extendContract`.
 */
export const coreContract = defineContract({
  commands: {
    ping: command({ input: none, output: Pong, reply: 'pong' }),
    status: command({ input: none, output: StatusReport, reply: 'status_response' }),
    info: command({ input: none, output: InfoReport, reply: 'info_response' }),
    echo: command({ input: json, output: Echoed, reply: 'echo_response' }),
    message: command({
      input: json,
      output: MessageReceipt,
      reply: 'message_received',
      delivery: 'once',
    }),
    'session:renew': command({ input: none, output: AcquiredSession, reply: 'session:renewed' }),
    'outbox:deliver': command({ input: OutboxDelivery, output: OutboxDelivered }),
    'outbox:put': command({ input: OutboxPut, output: OutboxPutAnswered }),
    'room:join': command({ input: RoomJoin, output: RoomJoined }),
    'room:leave': command({ input: RoomLeave, output: RoomLeft }),
    'room:send': command({ input: RoomSend, output: RoomReceipt, delivery: 'once' }),
    'room:history': command({ input: RoomHistory, output: RoomPage }),
    'room:typing': command({ input: RoomTyping, output: none }),
    'presence:set': command({ input: PresenceSet, output: none }),
  },
  events: {
    connected: Welcome,
    'connection:accepted': ConnectionAccepted,
    'command:failed': CommandFailed,
    'server:draining': ServerDraining,
    'session:changed': SessionChanged,
    'session:ended': SessionEnded,
    'room:joined': RoomEntered,
    'room:message': RoomMessage,
    'room:head': RoomHeads,
    'room:presence': RoomPresence,
    'room:typing': RoomTypingChanged,
    'room:left': RoomExpelled,
  },
  rooms: {
    'public:{topic}': room({ message: json, presence: optionalJson }),
    'user:{userId}': room({ message: json, presence: optionalJson }),
    'session:{sessionId}': room({ message: json, presence: optionalJson }),
  },
})
export type CoreContract = typeof coreContract
