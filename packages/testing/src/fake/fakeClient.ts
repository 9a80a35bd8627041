import { memoryStorage, YektaYarError, YektaYarSocket } from '@yektayar/client'
import type { TransportName, Unsubscribe } from '@yektayar/client'
import { isServerErrorCode, MAX_INPUT_DEPTH } from '@yektayar/protocol'
import type {
  AnyContract,
  ChangedSession,
  CommandName,
  CoreContract,
  EventName,
  EventPayload,
  Jsonable,
  ParsedCommandInput,
  RoomMessage,
  ServerErrorCode,
  SessionEndCode,
} from '@yektayar/protocol'
import { readPublished } from '@yektayar/protocol/rules'
import { checkEvent } from './checks.js'
import { takeOffline } from './deviceOffline.js'
import type { FakeClientOptions, FakeHandler } from './fakeClientOptions.js'
import type { AnyFakeHandler, FakeFailureOptions, FakeHandlerContext } from './fakeCommands.js'
import { FakeServer } from './fakeServer.js'
import { randomId } from './randomId.js'
import { errorOf } from './refusal.js'
import { settled } from './settled.js'

/** As short as a test server's clients have it. */
const RETRY_DELAY_MS = 10

/**
 * A client without a network: the real one, on a server in memory that a test directs by the methods
 * that are here. It is connected by `connect()`, like every client, and takes no time.
 */
export class FakeClient<Contract extends AnyContract = CoreContract>
  extends YektaYarSocket<Contract>
  implements AsyncDisposable
{
  readonly #contract: Contract
  readonly #server: FakeServer
  #comeOnline: (() => void) | undefined

  /** `createFakeClient()` fills in the defaults. */
  constructor(contract: Contract, options: FakeClientOptions<Contract>) {
    const { authenticate, authorize, commands = {}, ...clientOptions } = options
    const server = new FakeServer(contract, { authenticate, authorize })
    super({
      retryDelayMs: RETRY_DELAY_MS,
      storage: memoryStorage(), // in jsdom all clients would share one session by localStorage
      ...clientOptions,
      contract,
      url: server.url,
      fetch: server.fetch,
      transports: [server.transport as unknown as TransportName], // Socket.IO takes a class for a name
    })
    this.#contract = contract
    this.#server = server
    for (const [name, handler] of Object.entries(commands)) {
      if (handler) server.commands.handle(name, handler as AnyFakeHandler) // each gets its own input
    }
  }

  /** Where it finds its server, which nobody else does: what its storage keeps a session by. */
  get url(): string {
    return this.#server.url
  }

  /**
   * Answers a command from now on, in place of the handler before or of what the fake itself does.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract
   */
  handle<Name extends CommandName<Contract>>(
    name: Name,
    handler: FakeHandler<Name, Contract>,
  ): Unsubscribe {
    return this.#server.commands.handle(name, handler)
  }

  /**
   * The calls of a command that reached the server, the oldest first, with the input as its schema
   * parsed it; also those that failed. The newest 1,000 of all commands are kept.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract
   */
  calls<Name extends CommandName<Contract>>(
    name: Name,
  ): readonly FakeHandlerContext<ParsedCommandInput<Name, Contract>>[] {
    // Each was parsed by the schema of that command.
    return this.#server.commands.calls(name) as FakeHandlerContext<
      ParsedCommandInput<Name, Contract>
    >[]
  }

  /**
   * Makes the next call of a command fail, before its handler runs.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract, or a code
   * that no server sends
   */
  fail(
    name: CommandName<Contract>,
    code: ServerErrorCode,
    options: FakeFailureOptions = {},
  ): Unsubscribe {
    if (!isServerErrorCode(code)) {
      throw new YektaYarError('invalid_options', `No server sends the code ${String(code)}`)
    }
    return this.#server.commands.fail(name, code, options)
  }

  /**
   * Tells an event, and resolves once the listeners have heard it; without a connection nobody does.
   *
   * @throws {YektaYarError} `invalid_input` for a payload that breaks the contract, `invalid_options`
   * for an event that is not in it
   */
  async emit<Name extends EventName<Contract>>(
    name: Name,
    payload: EventPayload<Name, Contract>,
  ): Promise<void> {
    const copy = await checkEvent(this.#contract, name, payload)
    this.#server.connection?.emit(name, copy)
    await settled()
  }

  /**
   * Appends a message of somebody else to a room, and resolves once listeners have heard it.
   *
   * @throws {YektaYarError} `invalid_input` for data that is no JSON or nested too deep, and for a room
   * without a name
   */
  async publish<Data>(
    room: string,
    given: Jsonable<Data>,
    { from = 'server' }: { from?: string | undefined } = {},
  ): Promise<RoomMessage> {
    const read = readPublished(room, given, MAX_INPUT_DEPTH)
    if (!read.ok) {
      const { refusal, issues } = read
      throw errorOf(refusal, issues.length > 0 ? { data: { issues } } : {})
    }
    const message = this.#server.append(room, { id: randomId(), from, data: read.data })
    await settled()
    return message
  }

  /** What the server has of a room's messages. */
  messages(room: string): readonly RoomMessage[] {
    return this.#server.rooms.messages(room)
  }

  /** Lets somebody else come to a room, or leave it. */
  async presence(room: string, member: string, isPresent: boolean): Promise<void> {
    this.#server.place(room, member, isPresent)
    await settled()
  }

  /** Lets somebody else begin or stop to type. */
  async typing(room: string, from: string, isTyping: boolean): Promise<void> {
    this.#server.tell(room, 'room:typing', { room, from, isTyping })
    await settled()
  }

  /** Forgets a room's oldest messages: who was away for them meets the reset `truncated`. */
  truncate(room: string, kept = 0): void {
    this.#server.rooms.truncate(room, kept)
  }

  /**
   * Goes on with an empty store, as after the loss of a server: the connection breaks, the session is
   * gone and another one is acquired, and who has messages of the old store meets the reset
   * `epoch_changed`.
   */
  replaceStore(): void {
    this.#server.replaceStore()
  }

  /** Breaks the connection; attempts to connect, and requests, wait for `restore()`. */
  async drop(): Promise<void> {
    this.#server.cut()
    await settled()
  }

  /** Ends what `drop()` began: the attempt that waits gets through, or the next one does. */
  restore(): void {
    this.#server.network.mend()
  }

  /** As `drop()`, on a device that knows that it has no network: `navigator.onLine` is false. */
  async goOffline(): Promise<void> {
    this.#comeOnline ??= takeOffline()
    await this.drop()
  }

  /** Ends what `goOffline()` began. */
  goOnline(): void {
    this.restore()
    this.#comeOnline?.()
    this.#comeOnline = undefined
  }

  /** Ends the connection by the server's will: the client stops as `disconnected_by_server`. */
  async disconnectByServer(): Promise<void> {
    this.#server.connection?.disconnect()
    await settled()
  }

  /**
   * Ends the session. `replaced` ends the connection only, as one too many of its session, and so does
   * `changed`: its user has signed in again elsewhere.
   */
  async endSession(code: SessionEndCode = 'ended'): Promise<void> {
    const { session } = this.#server
    if (code === 'replaced') this.#server.endConnection(code)
    else if (session && code === 'changed')
      await this.#server.changeUser(session, session.userId, undefined)
    else if (session) await this.#server.end(session, code as 'ended' | 'expired') // as just told
    await settled()
  }

  /**
   * Signs the session in or out by the server's own will, for the client's connection: that goes on.
   *
   * @param options `isElsewhere` for what another tab does: the connection is closed, and the session
   * in the result is for the storage that the tabs share
   */
  async changeUser(
    userId: string | null,
    { isElsewhere = false }: { isElsewhere?: boolean | undefined } = {},
  ): Promise<ChangedSession | undefined> {
    const { session, connection } = this.#server
    const socketId = isElsewhere ? undefined : connection?.id
    const changed = session && (await this.#server.changeUser(session, userId, socketId))
    await settled()
    return changed
  }

  /** Acquires another session: for `connect({ token })`, or to be in the list of its user's. */
  issueToken(userId: string | null = null): string {
    return this.#server.sessions.acquire({}, userId).token
  }

  /**
   * Resolves once the client has done all that it can do without time passing: what was called is
   * sent, answered, and heard, unless a handler takes its time.
   */
  settle(): Promise<void> {
    return settled()
  }

  /** Disconnects, and leaves nothing behind: what `await using` does. */
  async close(): Promise<void> {
    this.goOnline()
    await this.disconnect()
  }

  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
