import { memoryStorage, YektaYarSocket } from '@yektayar/client'
import type { TransportName, Unsubscribe } from '@yektayar/client'
import type {
  AnyContract,
  ChangedSession,
  CommandName,
  CoreContract,
  EventName,
  EventPayload,
  Json,
  MessageInput,
  NameOf,
  ParsedCommandInput,
  PayloadOf,
  RoomHint,
  RoomMessage,
  RoomOf,
  RoomPattern,
  ServerErrorCode,
  SessionEndCode,
} from '@yektayar/protocol'
import { checkEvent } from './checks.js'
import type { FakeBackend } from './fakeBackend.js'
import type { FakeFailureOptions, FakeReceivedCall } from './fakeCommands.js'
import { FakeControls } from './fakeControls.js'
import { FakeDevice } from './fakeDevice.js'
import { createFakeFetch } from './fakeFetch.js'
import type { FakeLink } from './fakeLink.js'
import type { FakeClientOptions, FakeHandler } from './fakeOptions.js'
import type { FakeUser } from './fakeUser.js'
import { settled } from './settled.js'

/** The same as for clients of a test server. */
const RETRY_DELAY_MS = 10

/**
 * A client without a network: the real client on a server in memory, which a test controls by the
 * methods of this class. Like every client it needs `connect()`, but that takes no time.
 */
export class FakeClient<Contract extends AnyContract = CoreContract>
  extends YektaYarSocket<Contract>
  implements AsyncDisposable
{
  readonly #contract: Contract
  readonly #backend: FakeBackend
  readonly #controls: FakeControls<Contract>
  readonly #link: FakeLink
  readonly #device: FakeDevice

  /** For `createFakeClient()` and `createFakeServer().client()`. */
  constructor(
    contract: Contract,
    backend: FakeBackend,
    {
      commands,
      ...options
    }: Omit<FakeClientOptions<Contract>, 'authenticate' | 'authorize' | 'product'>,
  ) {
    const link = backend.openLink()
    const device = new FakeDevice()
    super({
      retryDelayMs: RETRY_DELAY_MS,
      storage: memoryStorage(), // in jsdom all clients would share one session by localStorage
      ...options,
      contract,
      url: link.url,
      isOnline: () => device.isOnline,
      fetch: createFakeFetch(backend, link.network),
      transports: [link.transport as unknown as TransportName], // Socket.IO also takes a class
    })
    this.#contract = contract
    this.#backend = backend
    this.#controls = new FakeControls(contract, backend, commands)
    this.#link = link
    this.#device = device
  }

  /** The address at which only this client finds the server, and its storage keeps the session. */
  get url(): string {
    return this.#link.url
  }

  /**
   * Sets the handler of a command. It replaces an earlier handler or the fake's own behaviour.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract
   */
  handle<Name extends CommandName<Contract>>(
    name: Name,
    handler: FakeHandler<Name, Contract>,
  ): Unsubscribe {
    return this.#controls.handle(name, handler)
  }

  /**
   * The calls of a command that reached the server, the oldest first, with the input as its schema
   * parsed it; also those that failed. The newest 1,000 of all commands are kept.
   *
   * @throws {YektaYarError} `invalid_options` for a command that is not in the contract
   */
  calls<Name extends CommandName<Contract>>(
    name: Name,
  ): readonly FakeReceivedCall<ParsedCommandInput<Name, Contract>>[] {
    return this.#controls.calls(name)
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
    options?: FakeFailureOptions,
  ): Unsubscribe {
    return this.#controls.fail(name, code, options)
  }

  /**
   * Emits an event to this client. Resolves after its listeners ran; without a connection none run.
   *
   * @throws {YektaYarError} `invalid_input` for a payload that breaks the contract, `invalid_options`
   * for an event that is not in it
   */
  async emit<Name extends EventName<Contract>>(
    name: Name,
    payload: EventPayload<Name, Contract>,
  ): Promise<void> {
    const copy = await checkEvent(this.#contract, name, payload)
    this.#link.connection?.emit(name, copy)
    await settled()
  }

  /**
   * Appends a message of another member to a room. Resolves after the client's listeners ran.
   *
   * @throws {YektaYarError} `invalid_input` for data that is not JSON, nested too deep, or does not fit
   * the room, and for an invalid room name; `unknown_room`
   */
  publish<
    const Name extends
      { [Pattern in RoomPattern<Contract>]: NameOf<Pattern> }[RoomPattern<Contract>] | RoomHint,
    Data,
  >(
    room: Name,
    data: PayloadOf<MessageInput<RoomOf<Name, Contract>>, Data>,
    options?: { from?: string | undefined },
  ): Promise<RoomMessage> {
    return this.#controls.publish(room, data, options)
  }

  /** The messages of a room that the server keeps. */
  messages(room: string): readonly RoomMessage[] {
    return this.#controls.messages(room)
  }

  /** Lets another member come to a room, show something there, or leave it. */
  presence(room: string, member: string, isPresent: boolean, shown?: Json): Promise<void> {
    return this.#controls.presence(room, member, isPresent, shown)
  }

  /** Lets another member start or stop typing. */
  typing(room: string, from: string, isTyping: boolean): Promise<void> {
    return this.#controls.typing(room, from, isTyping)
  }

  /** Another user without a client, who does what the test says. */
  user(userId: string): FakeUser {
    return this.#controls.user(userId)
  }

  /** Removes a room's oldest messages. A client that missed them gets the reset `truncated`. */
  truncate(room: string, kept?: number): void {
    this.#controls.truncate(room, kept)
  }

  /**
   * Continues with an empty store, as after the loss of a server's data: the connection breaks,
   * another session is acquired, and rooms with old messages get the reset `epoch_changed`.
   */
  replaceStore(): void {
    this.#controls.replaceStore()
  }

  /** Breaks the connection; attempts to connect, and requests, wait for `restore()`. */
  async drop(): Promise<void> {
    this.#link.cut()
    await settled()
  }

  /** Ends the effect of `drop()`: waiting attempts and requests get through. */
  restore(): void {
    this.#link.network.mend()
  }

  /** Like `drop()`, and also sets `navigator.onLine` to false. Other clients are not offline. */
  async goOffline(): Promise<void> {
    this.#device.goOffline()
    await this.drop()
  }

  /** Ends the effect of `goOffline()`. */
  goOnline(): void {
    this.restore()
    this.#device.goOnline()
  }

  /** Disconnects from the server's side: the client stops with `disconnected_by_server`. */
  async disconnectByServer(): Promise<void> {
    this.#link.connection?.disconnect()
    this.#link.departed()
    await settled()
  }

  /**
   * Ends the session. Two codes end only the connection: `replaced`, as one too many of its
   * session, and `changed`, as if its user had signed in again elsewhere.
   */
  async endSession(code: SessionEndCode = 'ended'): Promise<void> {
    const { session } = this.#link
    if (code === 'replaced') this.#link.endConnection(code)
    else if (session && code === 'changed')
      await this.#backend.changeUser(session, session.userId, undefined)
    else if (session) await this.#backend.end(session, code as 'ended' | 'expired') // checked above
    await settled()
  }

  /**
   * Signs the session in or out from the server's side. The client's connection continues.
   *
   * @param options `isElsewhere` acts like another tab: the connection is closed, and the returned
   * session is for the storage that the tabs share
   */
  async changeUser(
    userId: string | null,
    { isElsewhere = false }: { isElsewhere?: boolean | undefined } = {},
  ): Promise<ChangedSession | undefined> {
    const { session, connection } = this.#link
    const socketId = isElsewhere ? undefined : connection?.id
    const changed = session && (await this.#backend.changeUser(session, userId, socketId))
    await settled()
    return changed
  }

  /** Acquires another session: for `connect({ token })`, or for the list of a user's sessions. */
  issueToken(userId?: string | null): string {
    return this.#controls.issueToken(userId)
  }

  /**
   * Resolves once the client has done everything that needs no time: calls are sent and answered,
   * and listeners have run, unless a handler waits.
   */
  settle(): Promise<void> {
    return settled()
  }

  /** Disconnects, and leaves nothing behind: what `await using` does. */
  async close(): Promise<void> {
    this.goOnline()
    await this.disconnect()
    this.#link.departed()
  }

  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
