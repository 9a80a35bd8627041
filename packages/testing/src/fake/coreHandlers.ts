import { memberOf } from '@yektayar/protocol'
import type {
  CommandName,
  CommandOutput,
  Json,
  OutboxDelivered,
  OutboxDelivery,
  ParsedCommandInput,
  RoomMessage,
} from '@yektayar/protocol'
import {
  deliveryOf,
  infoReport,
  messageReceipt,
  refusals,
  roomReceipt,
  statusReport,
} from '@yektayar/protocol/rules'
import packageJson from '../../package.json' with { type: 'json' }
import type { AnyCoreHandler, FakeCall } from './fakeCommands.js'
import type { FakeConnection } from './fakeConnection.js'
import type { FakeOutboxes, RunItem } from './fakeOutboxes.js'
import type { FakeRooms } from './fakeRooms.js'
import type { FakeSessions } from './fakeSessions.js'
import { errorOf } from './refusal.js'

const { version } = packageJson

/** `retryAfterMs` for a batch that was sent while a user signed in or out. */
const CHANGED_RETRY_MS = 1

/** What the server says of itself. */
export interface FakeProduct {
  readonly name?: string
  readonly version?: string
  readonly description?: string
}

type CoreHandlers = Handlers<CommandName>

type Handlers<Names extends CommandName> = {
  readonly [Name in Names]: (
    call: FakeCall<ParsedCommandInput<Name>>,
  ) => CommandOutput<Name> | Promise<CommandOutput<Name>>
}

/** What the handlers need from their server. */
export interface CoreHandlersDeps {
  readonly sessions: FakeSessions
  readonly rooms: FakeRooms
  readonly outboxes: FakeOutboxes
  /** @throws {YektaYarError} a refusal, or what the handler throws */
  runOnce(name: string, payload: unknown, call: Omit<FakeCall, 'input'>): Promise<Json | undefined>
  /** @throws {YektaYarError} `unknown_room`, `room_forbidden`; `conflict` where the user has changed */
  authorize(
    call: Pick<FakeCall, 'session' | 'owner' | 'connection'>,
    action: 'join' | 'read' | 'send',
    room: string,
  ): Promise<void>
  /** @throws {YektaYarError} `invalid_input` for data that does not fit the room */
  parseMessage(room: string, data: Json): Promise<Json>
  /** @throws {YektaYarError} `invalid_input` for a presence that does not fit the room, or is too large */
  parsePresence(room: string, presence: Json | undefined): Promise<Json | undefined>
  show(room: string, member: string, presence: Json): void
  append(room: string, message: Parameters<FakeRooms['append']>[1]): RoomMessage
  /** Emits an event to the other clients in a room. */
  tell(room: string, name: string, payload: unknown, except: FakeConnection): void
  readonly activeConnections: number
  readonly product: FakeProduct | undefined
}

/** The handlers of the core contract, like a server's but without its limits. */
export function coreHandlers(server: CoreHandlersDeps): ReadonlyMap<string, AnyCoreHandler> {
  const { sessions } = server
  const handlers: CoreHandlers = {
    ping: () => ({ timestamp: now() }),
    echo: ({ input, connection }) => ({
      received: input,
      timestamp: now(),
      socketId: connection.id,
    }),
    status: ({ session, connection }) => {
      const { id, token } = connection
      const reported = { id, token, rooms: channelsOf(connection, session.id) }
      return statusReport(reported, session, { version, ...server.product }, now())
    },
    info: ({ session, connection: { token } }) => {
      const { activeConnections } = server
      const websocket = { connected: true, transport: 'websocket', activeConnections }
      return infoReport(websocket, session, { token, version, ...server.product }, now())
    },
    message: ({ input: data, session, key }) => {
      const message = { id: key, from: memberOf(session), data }
      return messageReceipt(server.append(`session:${session.id}`, message))
    },
    'session:renew': ({ owner, connection }) => {
      const renewed = sessions.renew(owner, connection.token)
      connection.token = renewed.token
      return renewed
    },
    ...outboxHandlers(server),
    ...roomHandlers(server),
  }
  return new Map(Object.entries(handlers) as [string, AnyCoreHandler][]) // each gets its own input
}

/** The handlers of outboxes. Every message is an event for its sender too, as from an older server. */
function outboxHandlers(server: CoreHandlersDeps): Handlers<'outbox:deliver' | 'outbox:put'> {
  const { outboxes, sessions } = server
  const take = async (
    delivery: OutboxDelivery,
    call: Omit<FakeCall, 'input'>,
  ): Promise<OutboxDelivered> => {
    const { session, owner, connection } = call
    const later = { retryAfterMs: CHANGED_RETRY_MS }
    const { user = session.userId } = delivery
    if (user !== session.userId) return later
    const run: RunItem = (name, payload, key) => server.runOnce(name, payload, { ...call, key })
    const isCurrent = (): boolean => sessions.has(owner)
    const scene = { sessionId: session.id, run, isCurrent }
    return outboxes.deliver(delivery, scene).catch((error: unknown) => {
      if (!isCurrent() && connection.session) return later // it continues with another session
      throw error
    })
  }
  return {
    'outbox:deliver': ({ input, ...call }) => take(input, call),
    'outbox:put': ({ input, ...call }) => take(deliveryOf(input), call),
  }
}

/** The handlers of room commands. */
function roomHandlers(
  server: CoreHandlersDeps,
): Handlers<Extract<CommandName, `room:${string}` | 'presence:set'>> {
  const { rooms } = server
  return {
    'room:join': async ({ input: { room, after, presence }, ...call }) => {
      await server.authorize(call, 'join', room)
      const shown = await server.parsePresence(room, presence)
      call.link.enter(call.connection, room)
      if (shown !== undefined) server.show(room, memberOf(call.session), shown)
      return rooms.enter(room, after)
    },
    'room:leave': ({ input: { room }, link, connection }) => {
      link.leave(connection, room)
      return { room }
    },
    'room:send': async ({ input: { room, data: given }, ...call }) => {
      const { session, key } = call
      await server.authorize(call, 'send', room)
      const data = await server.parseMessage(room, given)
      return roomReceipt(server.append(room, { id: key, from: memberOf(session), data }))
    },
    'room:history': async ({ input, ...call }) => {
      await server.authorize(call, 'read', input.room)
      return rooms.history(input)
    },
    'room:typing': async ({ input: { room, isTyping }, ...call }) => {
      await server.authorize(call, 'send', room)
      const from = memberOf(call.session)
      server.tell(room, 'room:typing', { room, from, isTyping }, call.connection)
      return undefined
    },
    'presence:set': async ({ input: { room, presence }, session, connection }) => {
      if (!connection.rooms.has(room)) throw errorOf(refusals.leftRoom)
      const shown = await server.parsePresence(room, presence)
      if (!connection.rooms.has(room)) throw errorOf(refusals.leftRoom)
      if (shown !== undefined) server.show(room, memberOf(session), shown)
      return undefined
    },
  }
}

/** Socket.IO's rooms of a connection, as a server names them. */
function channelsOf({ id, rooms }: FakeConnection, sessionId: string): string[] {
  const own = [...rooms].map((room) => `room:${room}`)
  return [id, `session:${sessionId}`, ...own]
}

function now(): string {
  return new Date().toISOString()
}
