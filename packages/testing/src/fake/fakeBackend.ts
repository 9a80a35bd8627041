import { coreContract, defineContract, unknownRoom } from '@yektayar/protocol'
import type {
  Answer,
  AnyContract,
  ChangedSession,
  Json,
  MatchedRoom,
  RoomMessage,
} from '@yektayar/protocol'
import {
  MAX_ECHOED_NAME_LENGTH,
  parseMessage,
  parsePresence,
  refusalOfProtocol,
  refusals,
  tokenHints,
} from '@yektayar/protocol/rules'
import { usualRooms } from './backendOptions.js'
import type { BackendOptions, FakeAuthorize } from './backendOptions.js'
import { refuseOptions, requireContract, unfit } from './checks.js'
import { coreHandlers } from './coreHandlers.js'
import type { CoreHandlersDeps, FakeProduct } from './coreHandlers.js'
import { FakeCommands, requireSameSession } from './fakeCommands.js'
import type { FakeCall } from './fakeCommands.js'
import type { FakeConnection, Presented } from './fakeConnection.js'
import type { RouteDeps } from './fakeFetch.js'
import { FakeLink } from './fakeLink.js'
import type { LinkDeps } from './fakeLink.js'
import { FakeOutboxes } from './fakeOutboxes.js'
import { FakeRooms } from './fakeRooms.js'
import { createServices, isFor } from './fakeServices.js'
import type { FakeServicesDeps, FakeTarget } from './fakeServices.js'
import { callerOf, FakeSessions } from './fakeSessions.js'
import type { FakeCaller, FakeSession } from './fakeSessions.js'
import { randomId } from './randomId.js'
import { errorOf, requireAllowed, requirePresence, toAnswerError } from './refusal.js'
import { requireMessageChannel } from './settled.js'

/** A server in memory. It answers in microtasks, and has no timers. */
export class FakeBackend implements LinkDeps, RouteDeps, CoreHandlersDeps, FakeServicesDeps {
  readonly sessions = new FakeSessions()
  readonly rooms = new FakeRooms()
  readonly outboxes = new FakeOutboxes()
  readonly commands: FakeCommands
  readonly contract: AnyContract
  readonly product: FakeProduct | undefined
  readonly authenticate: RouteDeps['authenticate']
  /** Its rooms, and those of the core contract. */
  readonly #roomsOf: AnyContract
  readonly #authorize: FakeAuthorize<AnyContract>
  /** One for each client. */
  readonly #links = new Set<FakeLink>()

  /** @throws {Error} in an environment in which no fake works */
  constructor(contract: AnyContract, options: BackendOptions<AnyContract>) {
    requireMessageChannel()
    requireContract(contract)
    const { authenticate, authorize = usualRooms, product, ...others } = options
    refuseOptions(others)
    this.contract = contract
    this.product = product
    this.authenticate =
      authenticate &&
      ((credentials, sessionId) => {
        const more = { sessionId, address: '127.0.0.1' }
        return authenticate(credentials, Object.assign(createServices(this), more))
      })
    this.#roomsOf = defineContract({ rooms: { ...coreContract.rooms, ...contract.rooms } })
    this.#authorize = authorize
    this.commands = new FakeCommands(coreHandlers(this), this)
  }

  /** How many clients are connected. */
  get activeConnections(): number {
    return [...this.#links].filter(({ connection }) => connection).length
  }

  /** The link of another client. */
  openLink(): FakeLink {
    const link = new FakeLink(this)
    this.#links.add(link)
    return link
  }

  admit({ token, protocol }: Presented): FakeSession {
    const refusal = refusalOfProtocol(protocol)
    if (refusal) throw errorOf(refusal)
    if (!token) throw errorOf(refusals.tokenRequired, { hint: tokenHints.handshake })
    return this.sessions.require(token)
  }

  command(
    link: FakeLink,
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
    const call = { session: callerOf(owner), owner, link, connection, key: randomId() }
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

  /** @throws {YektaYarError} `unknown_room` */
  requireRoom(name: string): MatchedRoom {
    const found = this.#roomsOf.matchRoom(name)
    if (found) return found
    throw errorOf(unknownRoom(this.#roomsOf.rooms))
  }

  /**
   * What is stored of a message in a room.
   *
   * @throws {YektaYarError} `unknown_room`, `invalid_input`
   */
  async parseMessage(name: string, data: Json): Promise<Json> {
    const result = await parseMessage(this.requireRoom(name), data)
    if (result.ok) return result.value
    throw unfit(refusals.unfitMessage, result.issues)
  }

  /**
   * What a member shows in a room; `undefined` for nothing.
   *
   * @throws {YektaYarError} `unknown_room`, `invalid_input`
   */
  async parsePresence(name: string, presence: Json | undefined): Promise<Json | undefined> {
    if (presence !== undefined) requirePresence(presence)
    const result = await parsePresence(this.requireRoom(name), presence)
    if (result.ok) return result.value
    throw unfit(refusals.unfitPresence, result.issues)
  }

  /**
   * Whether the test's `authorize` allows something, or whatever it returns.
   *
   * @throws {YektaYarError} `unknown_room`
   */
  mayDo(caller: FakeCaller, action: 'join' | 'read' | 'send', name: string): unknown {
    const { pattern, params } = this.requireRoom(name)
    return this.#authorize(caller, action, { name, pattern, params }, createServices(this))
  }

  /** @throws {YektaYarError} `unknown_room`, `room_forbidden`; `conflict` if the user has changed */
  async authorize(
    call: Pick<FakeCall, 'session' | 'owner' | 'connection'>,
    action: 'join' | 'read' | 'send',
    room: string,
  ) {
    const isAllowed = await this.mayDo(call.session, action, room)
    requireSameSession(call)
    requireAllowed(isAllowed, action)
  }

  append(room: string, message: Parameters<FakeRooms['append']>[1]): RoomMessage {
    const appended = this.rooms.append(room, message)
    this.tell(room, 'room:message', appended)
    return appended
  }

  /** Emits an event to all clients. */
  emit(name: string, payload: unknown): void {
    for (const { connection } of this.#links) connection?.emit(name, payload)
  }

  emitTo(name: string, payload: Json | undefined, to: FakeTarget): void {
    for (const { connection } of this.#links) {
      if (connection?.session && isFor(to, connection, connection.session))
        connection.emit(name, payload)
    }
  }

  /** Emits an event to the clients in a room, except to one connection. */
  tell(room: string, name: string, payload: unknown, except?: FakeConnection): void {
    for (const link of this.#links) {
      if (!except || link.connection !== except) link.tell(room, name, payload)
    }
  }

  /** Lets a member come, or set what it shows, or leave. */
  place(room: string, member: string, isPresent: boolean, presence?: Json): void {
    if (isPresent) this.#place(room, new Map([[member, presence]]))
    else this.#place(room, new Map(), [member])
  }

  arrive(room: string, member: string): void {
    this.place(room, member, true)
  }

  depart(room: string, member: string): void {
    if (!this.#isStill(room, member)) this.place(room, member, false)
  }

  rename(room: string, before: string, member: string): void {
    const came = new Map([[member, this.rooms.shownOf(room, before)]])
    this.#place(room, came, this.#isStill(room, before) ? [] : [before])
  }

  show(room: string, member: string, presence: Json): void {
    this.place(room, member, true, presence)
  }

  head(room: string) {
    return this.rooms.head(room)
  }

  readonly requireConnection = (session: FakeSession, socketId: string | undefined): void => {
    if (socketId === undefined) return
    for (const { connection } of this.#links) {
      if (connection?.id === socketId && connection.session === session) return
    }
    throw errorOf(refusals.noSuchConnection)
  }

  /** Resolves after the connections received the event, which usually precedes the HTTP answer. */
  readonly changeUser = async (
    before: FakeSession,
    userId: string | null,
    socketId: string | undefined,
  ): Promise<ChangedSession> => {
    const { session, changed } = this.sessions.changeUser(before, userId)
    if (session !== before && before.userId === null) this.outboxes.move(before.id, session.id)
    if (session !== before && before.userId !== null) this.rooms.delete(`session:${before.id}`)
    await this.#forEachLink((link) => link.changeSession(before, session, socketId))
    return changed
  }

  /** Resolves after the clients received the event, which usually precedes the HTTP answer. */
  readonly end = async (
    session: FakeSession,
    code: 'ended' | 'expired' = 'ended',
  ): Promise<void> => {
    this.sessions.end(session)
    await this.#forEachLink((link) => link.endSession(session, code))
  }

  /** Continues with an empty store, without the sessions, and breaks all connections. */
  replaceStore(): void {
    for (const { members } of this.#links) {
      for (const [room, member] of members) this.rooms.place(room, new Map(), [member])
    }
    this.rooms.replaceStore()
    this.outboxes.clear()
    this.sessions.clear()
    for (const link of this.#links) link.forget()
  }

  #isStill(room: string, member: string): boolean {
    return [...this.#links].some((link) => link.members.get(room) === member)
  }

  #place(
    room: string,
    came: ReadonlyMap<string, Json | undefined>,
    gone: readonly string[] = [],
  ): void {
    const change = this.rooms.place(room, came, gone)
    if (change) this.tell(room, 'room:presence', change)
  }

  async #forEachLink(work: (link: FakeLink) => Promise<void>): Promise<void> {
    await Promise.all(Array.from(this.#links, work))
  }
}
