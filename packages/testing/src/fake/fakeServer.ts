import { isOwnOrPublic, memberOf } from '@yektayar/protocol'
import type {
  Answer,
  AnyContract,
  ChangedSession,
  RoomMessage,
  SessionEndCode,
} from '@yektayar/protocol'
import {
  forbiddenInRoom,
  MAX_ECHOED_NAME_LENGTH,
  refusalOfProtocol,
  refusals,
  tokenHints,
  welcomeOf,
} from '@yektayar/protocol/rules'
import type { WebSocket } from 'socket.io-client'
import { coreHandlers } from './coreHandlers.js'
import type { CoreHandlersDeps } from './coreHandlers.js'
import { FakeCommands, requireSameSession } from './fakeCommands.js'
import type { FakeCall, FakeCaller } from './fakeCommands.js'
import { FakeConnection } from './fakeConnection.js'
import type { ConnectionHost, Presented } from './fakeConnection.js'
import { createFakeFetch } from './fakeFetch.js'
import type { FakeAuthenticate, RouteHost } from './fakeFetch.js'
import { FakeNetwork } from './fakeNetwork.js'
import { FakeOutboxes } from './fakeOutboxes.js'
import { FakeRooms } from './fakeRooms.js'
import { FakeSessions } from './fakeSessions.js'
import type { FakeSession } from './fakeSessions.js'
import { MemorySocket } from './memorySocket.js'
import { memoryTransport } from './memoryTransport.js'
import { randomId } from './randomId.js'
import { errorOf, toAnswerError } from './refusal.js'

/** Decides whether a session may do something in a room, like a server's `authorize`. */
export type FakeAuthorize = (
  session: FakeCaller,
  action: 'join' | 'read' | 'send',
  room: string,
) => boolean | Promise<boolean>

/** Options of a server that are not in the contract. */
export interface FakeServerOptions {
  /** Checks the credentials of a sign-in. @default no sign-in */
  authenticate?: FakeAuthenticate | undefined
  /** Who may join, read and send in which room. @default as on a server: public and own rooms */
  authorize?: FakeAuthorize | undefined
}

/** A server in memory for one client. It answers in microtasks, and has no timers. */
export class FakeServer implements ConnectionHost, RouteHost, CoreHandlersDeps {
  /** Unique, since tabs of one origin communicate with each other. */
  readonly url = `http://${randomId()}.fake.test`
  readonly network = new FakeNetwork()
  readonly sessions = new FakeSessions()
  readonly rooms = new FakeRooms()
  readonly outboxes = new FakeOutboxes()
  readonly commands: FakeCommands
  readonly authenticate: FakeAuthenticate | undefined
  readonly fetch: typeof globalThis.fetch
  readonly transport: typeof WebSocket
  readonly #mayDo: FakeAuthorize
  #connection: FakeConnection | undefined
  #session: FakeSession | undefined
  /** The client's member in each room; it stays when the connection is lost. */
  readonly #members = new Map<string, string>()
  /** The rooms that it was in before its user changed, while `authorize` decides about them. */
  readonly #undecided = new Map<string, object>()

  constructor(contract: AnyContract, { authenticate, authorize = usualRooms }: FakeServerOptions) {
    this.authenticate = authenticate
    this.#mayDo = authorize
    this.commands = new FakeCommands(contract, coreHandlers(this))
    this.fetch = createFakeFetch(this)
    this.transport = memoryTransport(() => this.#accept())
  }

  /** The open connection, if there is one. */
  get connection(): FakeConnection | undefined {
    return this.#connection?.session && this.#connection
  }

  /** The session of the current or the last connection. */
  get session(): FakeSession | undefined {
    return this.#session
  }

  cut(): void {
    this.network.cut()
    this.#connection?.cut()
  }

  admit({ token, protocol }: Presented): FakeSession {
    const refusal = refusalOfProtocol(protocol)
    if (refusal) throw errorOf(refusal)
    if (!token) throw errorOf(refusals.tokenRequired, { hint: tokenHints.handshake })
    return this.sessions.require(token)
  }

  admitted(connection: FakeConnection): void {
    const { session } = connection
    if (!session) return
    this.#session = session
    connection.emit('connected', welcomeOf(connection.id, session))
  }

  command(
    connection: FakeConnection,
    name: string,
    payloads: readonly unknown[],
    acknowledge: ((answer: Answer<unknown>) => void) | undefined,
  ): void {
    const { session: owner } = connection
    if (!owner) return
    const answer = (outcome: Answer<unknown>): void => {
      const reply = this.commands.replyOf(name)
      if (acknowledge) acknowledge(outcome)
      else if (!outcome.ok)
        connection.emit('command:failed', {
          command: name.slice(0, MAX_ECHOED_NAME_LENGTH),
          error: outcome.error,
        })
      else if (reply !== undefined) connection.emit(reply, outcome.data)
    }
    const call = { session: callerOf(owner), owner, connection, key: randomId() }
    this.commands.take(name, payloads, call).then(
      (data) => {
        answer({ ok: true, data })
      },
      (error: unknown) => {
        answer({ ok: false, error: toAnswerError(error) })
      },
    )
  }

  /** @throws {YektaYarError} a refusal, or what the handler throws */
  async runOnce(name: string, payload: unknown, call: Omit<FakeCall, 'input'>) {
    if (!this.sessions.has(call.owner)) throw errorOf(refusals.tokenInvalid)
    if (this.commands.isOnce(name) === false) throw errorOf(refusals.transientInOutbox)
    return this.commands.run(name, payload, call)
  }

  /** @throws {YektaYarError} `room_forbidden`; `conflict` if the user has changed */
  async authorize(
    call: Pick<FakeCall, 'session' | 'owner' | 'connection'>,
    action: 'join' | 'read' | 'send',
    room: string,
  ) {
    const isAllowed: unknown = await this.#mayDo(call.session, action, room) // a test may return anything
    requireSameSession(call)
    if (isAllowed === true) return
    throw errorOf(forbiddenInRoom(action))
  }

  append(room: string, message: Parameters<FakeRooms['append']>[1]): RoomMessage {
    const appended = this.rooms.append(room, message)
    this.tell(room, 'room:message', appended)
    return appended
  }

  /** Emits an event to the client, if it is in the room. */
  tell(room: string, name: string, payload: unknown): void {
    if (this.connection?.rooms.has(room)) this.connection.emit(name, payload)
  }

  place(room: string, member: string, isPresent: boolean): void {
    if (this.rooms.place(room, member, isPresent))
      this.tell(room, 'room:presence', { room, member, isPresent })
  }

  enter(connection: FakeConnection, room: string): void {
    if (!connection.session) return
    this.#undecided.delete(room)
    const member = memberOf(callerOf(connection.session))
    const before = this.#members.get(room)
    connection.rooms.add(room)
    this.#members.set(room, member)
    this.place(room, member, true)
    if (before !== undefined && before !== member) this.place(room, before, false)
  }

  leave(connection: FakeConnection | undefined, room: string): void {
    const member = this.#members.get(room)
    this.#undecided.delete(room)
    connection?.rooms.delete(room)
    this.#members.delete(room)
    if (member !== undefined) this.place(room, member, false)
  }

  readonly requireConnection = (session: FakeSession, socketId: string | undefined): void => {
    const { connection } = this
    if (socketId === undefined) return
    if (connection?.session === session && connection.id === socketId) return
    throw errorOf(refusals.noSuchConnection)
  }

  /** Resolves after the connection received the event, which usually precedes the HTTP answer. */
  readonly changeUser = async (
    before: FakeSession,
    userId: string | null,
    socketId: string | undefined,
  ): Promise<ChangedSession> => {
    const { session, changed } = this.sessions.changeUser(before, userId)
    if (session !== before && before.userId === null) this.outboxes.move(before.id, session.id)
    if (session !== before && before.userId !== null) this.rooms.delete(`session:${before.id}`)
    if (this.#session === before) this.#session = session
    const { connection } = this
    if (connection?.session !== before) return changed
    if (connection.id !== socketId) {
      this.endConnection('changed')
    } else if (session !== before) {
      connection.moveTo(session)
      connection.emit('session:changed', { userId, isLoggedIn: userId !== null })
      for (const room of [...connection.rooms]) this.#review(connection, session, room)
      await connection.heard
    }
    return changed
  }

  /** Resolves after the client received the event, which usually precedes the HTTP answer. */
  readonly end = async (
    session: FakeSession,
    code: 'ended' | 'expired' = 'ended',
  ): Promise<void> => {
    this.sessions.end(session)
    const { connection } = this
    if (session !== this.#session) return // another session of the user
    const isConnected = connection?.session === session
    if (isConnected) this.endConnection(code)
    for (const room of [...this.#members.keys()]) this.leave(connection, room)
    if (isConnected) await connection.over
  }

  /** Continues with an empty store, without the sessions, and breaks the connection. */
  replaceStore(): void {
    for (const [room, member] of this.#members) this.rooms.place(room, member, false)
    this.#members.clear()
    this.#undecided.clear()
    this.rooms.replaceStore()
    this.outboxes.clear()
    this.sessions.clear()
    this.#connection?.cut()
  }

  /** Ends the connection with a code. */
  endConnection(code: SessionEndCode): void {
    this.connection?.emit('session:ended', { code })
    this.connection?.disconnect()
  }

  #accept(): MemorySocket {
    const socket = new MemorySocket()
    void this.network.passage().then(() => {
      if (socket.isClosed) return
      this.#connection = new FakeConnection(socket, this)
      this.#connection.open()
    })
    return socket
  }

  /** Removes a connection from a room, unless or until its new user is allowed there. */
  #review(connection: FakeConnection, session: FakeSession, room: string): void {
    const decision = attempt(() => this.#mayDo(callerOf(session), 'join', room))
    if (decision === true) {
      this.enter(connection, room)
      return
    }
    this.leave(connection, room)
    const entry = {}
    this.#undecided.set(room, entry)
    const decide = (isAllowed: unknown): void => {
      if (this.#undecided.get(room) !== entry || connection.session !== session) return
      this.#undecided.delete(room)
      if (isAllowed === true) {
        this.enter(connection, room)
        connection.emit('room:head', { heads: [this.rooms.head(room)] })
      } else {
        connection.emit('room:left', { room, code: 'room_forbidden' })
      }
    }
    if (decision instanceof Promise) decision.then(decide, decide)
    else decide(decision)
  }
}

function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch {
    return undefined // an error counts as no
  }
}

const usualRooms: FakeAuthorize = (session, _action, room) => isOwnOrPublic(session, room)

function callerOf({ id, userId }: FakeSession): FakeCaller {
  return { id, userId, isLoggedIn: userId !== null }
}
