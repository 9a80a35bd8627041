import { memberOf } from '@yektayar/protocol'
import type {
  CommandName,
  CommandOutput,
  ParsedCommandInput,
  RoomMessage,
} from '@yektayar/protocol'
import packageJson from '../../package.json' with { type: 'json' }
import type { AnyFakeHandler, FakeCall } from './fakeCommands.js'
import type { FakeConnection } from './fakeConnection.js'
import type { FakeOutboxes, RunItem } from './fakeOutboxes.js'
import type { FakeRooms } from './fakeRooms.js'
import type { FakeSessions } from './fakeSessions.js'

/** When an outbox comes again that was sent while somebody signed in or out. */
const CHANGED_RETRY_MS = 1

type CoreHandlers = Handlers<CommandName>

type Handlers<Names extends CommandName> = {
  readonly [Name in Names]: (
    call: FakeCall<ParsedCommandInput<Name>>,
  ) => CommandOutput<Name> | Promise<CommandOutput<Name>>
}

/** What the handlers need of their server. */
export interface CoreHandlersDeps {
  readonly sessions: FakeSessions
  readonly rooms: FakeRooms
  readonly outboxes: FakeOutboxes
  /** @throws {YektaYarError} a refusal, or what the handler throws */
  runOnce(name: string, payload: unknown, call: Omit<FakeCall, 'input'>): Promise<unknown>
  /** @throws {YektaYarError} `room_forbidden`; `conflict` where the user has changed */
  authorize(
    call: Pick<FakeCall, 'session' | 'owner' | 'connection'>,
    action: 'join' | 'read' | 'send',
    room: string,
  ): Promise<void>
  append(room: string, message: Parameters<FakeRooms['append']>[1]): RoomMessage
  enter(connection: FakeConnection, room: string): void
  leave(connection: FakeConnection, room: string): void
}

/** What the server does with the commands of the core contract, without its limits. */
export function coreHandlers(server: CoreHandlersDeps): ReadonlyMap<string, AnyFakeHandler> {
  const { outboxes, sessions } = server
  const handlers: CoreHandlers = {
    ping: () => ({ timestamp: now() }),
    echo: ({ input, connection }) => ({
      received: input,
      timestamp: now(),
      socketId: connection.id,
    }),
    status: ({ session, connection }) => ({
      server: {
        name: 'YektaYar API Server',
        version: packageJson.version,
        status: 'running',
        timestamp: now(),
      },
      connection: {
        socketId: connection.id,
        sessionToken: connection.token,
        userId: session.userId,
        isLoggedIn: session.isLoggedIn,
        rooms: channelsOf(connection, session.id),
      },
    }),
    info: ({ session, connection }) => ({
      server: {
        name: 'YektaYar Mental Health Platform API',
        version: packageJson.version,
        description: 'Backend API with Socket.IO real-time communication',
        features: { rest: true, websocket: true, authentication: true, realtime: true },
      },
      websocket: { connected: true, transport: 'websocket', protocol: 4, activeConnections: 1 },
      session: {
        authenticated: session.isLoggedIn,
        userId: session.userId ?? 'anonymous',
        sessionToken: `***${connection.token.slice(-6)}`,
      },
      timestamp: now(),
    }),
    message: ({ input: data, session, key }) => {
      const { at } = server.append(`session:${session.id}`, {
        id: key,
        from: memberOf(session),
        data,
      })
      return { success: true, message: 'Message received successfully', data, timestamp: at }
    },
    'session:renew': ({ owner, connection }) => {
      const renewed = sessions.renew(owner, connection.token)
      connection.token = renewed.token
      return renewed
    },
    'outbox:deliver': async ({ input, ...call }) => {
      const { session, owner, connection } = call
      const later = { retryAfterMs: CHANGED_RETRY_MS }
      const { user = session.userId } = input
      if (user !== session.userId) return later
      const run: RunItem = (name, payload, key) => server.runOnce(name, payload, { ...call, key })
      const isCurrent = (): boolean => sessions.has(owner)
      return outboxes.deliver(input, session.id, run, isCurrent).catch((error: unknown) => {
        if (!isCurrent() && connection.session) return later // it goes on with another session
        throw error
      })
    },
    ...roomHandlers(server),
  }
  return new Map(Object.entries(handlers) as [string, AnyFakeHandler][]) // each gets its own input
}

/** What a server does with the commands of rooms. */
function roomHandlers(server: CoreHandlersDeps): Handlers<Extract<CommandName, `room:${string}`>> {
  const { rooms } = server
  return {
    'room:join': async ({ input: { room, after }, connection, ...call }) => {
      await server.authorize({ connection, ...call }, 'join', room)
      server.enter(connection, room)
      return rooms.enter(room, after)
    },
    'room:leave': ({ input: { room }, connection }) => {
      server.leave(connection, room)
      return { room }
    },
    'room:send': async ({ input: { room, data }, ...call }) => {
      const { session, key } = call
      await server.authorize(call, 'send', room)
      const { epoch, seq, id, at } = server.append(room, { id: key, from: memberOf(session), data })
      return { room, epoch, seq, id, at }
    },
    'room:history': async ({ input, ...call }) => {
      await server.authorize(call, 'read', input.room)
      return rooms.history(input)
    },
    'room:typing': async ({ input: { room }, ...call }) => {
      await server.authorize(call, 'send', room)
      return undefined // nobody else is there to be told
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
