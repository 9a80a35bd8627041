import { memberOf } from '@yektayar/protocol'
import type { Answer, RoomHeads, SessionEndCode } from '@yektayar/protocol'
import { earlyJoinsOf, welcomeOf } from '@yektayar/protocol/rules'
import type { WebSocket } from 'engine.io-client'
import { FakeConnection } from './fakeConnection.js'
import type { ConnectionDeps, Presented } from './fakeConnection.js'
import { FakeNetwork } from './fakeNetwork.js'
import { callerOf } from './fakeSessions.js'
import type { FakeCaller, FakeSession } from './fakeSessions.js'
import { MemorySocket } from './memorySocket.js'
import { memoryTransport } from './memoryTransport.js'
import { randomId } from './randomId.js'

/** What the link of a client needs of the server. */
export interface LinkDeps {
  /** @throws {YektaYarError} why the token is refused */
  admit(presented: Presented): FakeSession
  command(
    link: FakeLink,
    connection: FakeConnection,
    name: string,
    payloads: readonly unknown[],
    acknowledge: ((answer: Answer<unknown>) => void) | undefined,
  ): void
  /** Whether a session may do something in a room: anything that the test's function returns. */
  mayDo(session: FakeCaller, action: 'join', room: string): unknown
  arrive(room: string, member: string): void
  /** A link goes on in a room as another member, with what it has shown. */
  rename(room: string, before: string, member: string): void
  /** Called when a link's member has left a room; another link may have the same member there. */
  depart(room: string, member: string): void
  head(room: string): RoomHeads['heads'][number]
}

/** One client at a fake server: its network, its connection, and the rooms that it is in. */
export class FakeLink implements ConnectionDeps {
  /** Unique, since tabs of one origin communicate with each other. */
  readonly url = `http://${randomId()}.fake.test`
  readonly network = new FakeNetwork()
  readonly transport: typeof WebSocket
  readonly #deps: LinkDeps
  #connection: FakeConnection | undefined
  #session: FakeSession | undefined
  /** The client's member in each room; it stays when the connection is lost. */
  readonly #members = new Map<string, string>()
  /** The rooms that it was in before its user changed, while `authorize` decides about them. */
  readonly #undecided = new Map<string, object>()

  constructor(deps: LinkDeps) {
    this.#deps = deps
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

  /** The rooms that the client is in, and as whom. */
  get members(): ReadonlyMap<string, string> {
    return this.#members
  }

  /** Breaks the connection, and lets no other come about until the network is mended. */
  cut(): void {
    this.network.cut()
    this.#connection?.cut()
  }

  admit(presented: Presented): FakeSession {
    return this.#deps.admit(presented)
  }

  admitted(connection: FakeConnection, { joins }: Presented): void {
    const { session } = connection
    if (!session) return
    this.#session = session
    const early = earlyJoinsOf(joins) ?? []
    if (early.length > 0)
      connection.emit('connection:accepted', { joins: early.length, puts: false })
    connection.emit('connected', welcomeOf(connection.id, session))
    for (const [index, input] of early.entries()) {
      this.command(connection, 'room:join', [input], (answer) => {
        connection.emit('room:joined', { index, ...answer })
      })
    }
  }

  /** The client has disconnected, and will not be back on its own. */
  departed(connection: FakeConnection | undefined = this.#connection): void {
    if (connection !== this.#connection) return
    for (const room of [...this.#members.keys()]) this.leave(this.connection, room)
  }

  command(
    connection: FakeConnection,
    name: string,
    payloads: readonly unknown[],
    acknowledge: ((answer: Answer<unknown>) => void) | undefined,
  ): void {
    this.#deps.command(this, connection, name, payloads, acknowledge)
  }

  /** Emits an event to the client, if it is in the room. */
  tell(room: string, name: string, payload: unknown): void {
    const { connection } = this
    if (connection?.rooms.has(room)) connection.emit(name, payload)
  }

  enter(connection: FakeConnection, room: string): void {
    if (!connection.session) return
    this.#undecided.delete(room)
    const member = memberOf(callerOf(connection.session))
    const before = this.#members.get(room)
    connection.rooms.add(room)
    this.#members.set(room, member)
    if (before === undefined || before === member) this.#deps.arrive(room, member)
    else this.#deps.rename(room, before, member)
  }

  leave(connection: FakeConnection | undefined, room: string): void {
    const member = this.#members.get(room)
    this.#undecided.delete(room)
    connection?.rooms.delete(room)
    this.#members.delete(room)
    if (member !== undefined) this.#deps.depart(room, member)
  }

  /**
   * Continues with the session after another. Resolves after the client received the event, which
   * usually precedes the HTTP answer. Without the id of its connection, that is closed.
   */
  async changeSession(
    before: FakeSession,
    session: FakeSession,
    socketId: string | undefined,
  ): Promise<void> {
    if (this.#session === before) this.#session = session
    const { connection } = this
    if (connection?.session !== before) return
    if (connection.id !== socketId) {
      this.endConnection('changed')
    } else if (session !== before) {
      const { userId } = session
      connection.moveTo(session)
      const isLoggedIn = userId !== null
      connection.emit('session:changed', { userId, isLoggedIn, sessionId: session.id })
      for (const room of [...connection.rooms]) this.#review(connection, session, room)
      await connection.heard
    }
  }

  /** The session has ended. Resolves after the client received the event. */
  async endSession(session: FakeSession, code: SessionEndCode): Promise<void> {
    if (session !== this.#session) return // another session of the user
    const { connection } = this
    const isConnected = connection?.session === session
    if (isConnected) this.endConnection(code)
    for (const room of [...this.#members.keys()]) this.leave(connection, room)
    if (isConnected) await connection.over
  }

  /** Ends the connection with a code. */
  endConnection(code: SessionEndCode): void {
    this.connection?.emit('session:ended', { code })
    this.connection?.disconnect()
  }

  /** Breaks the connection, as a server does that has lost its store. */
  forget(): void {
    this.#members.clear()
    this.#undecided.clear()
    this.#connection?.cut()
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
    const decision = attempt(() => this.#deps.mayDo(callerOf(session), 'join', room))
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
        connection.emit('room:head', { heads: [this.#deps.head(room)] })
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
