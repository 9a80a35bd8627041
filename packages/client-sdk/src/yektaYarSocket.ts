import type {
  AnyContract,
  ClientToServerEvents,
  CommandInput,
  CommandName,
  CommandOutput,
  CoreContract,
  EventName,
  EventPayload,
  Json,
  Jsonable,
  NameOf,
  RoomHint,
  RoomParams,
  RoomPattern,
  ServerToClientEvents,
} from '@yektayar/protocol'
import type { Socket } from 'socket.io-client'
import type { CallArguments } from './commands/callArguments.js'
import { commandDelivery } from './commands/commandDelivery.js'
import { CommandSender } from './commands/commandSender.js'
import type { SentCommand } from './commands/pendingCall.js'
import { refusedCall } from './commands/refusedCall.js'
import { syncWithServer } from './commands/syncWithServer.js'
import { Connection } from './connection/connection.js'
import type { ConnectionSnapshot } from './connection/connectionState.js'
import type { ConnectionStatus } from './connection/connectionStatus.js'
import { waitForStatus } from './connection/waitForStatus.js'
import { eventStream } from './events/eventStream.js'
import { ServerEvents } from './events/serverEvents.js'
import type { ClientOutbox } from './outbox/clientOutbox.js'
import { Outbox } from './outbox/outbox.js'
import type { RoomHandleOf, RoomOfPattern } from './rooms/clientRoom.js'
import { openRoom } from './rooms/roomFacade.js'
import { roomName } from './rooms/roomName.js'
import { RoomRegistry } from './rooms/roomRegistry.js'
import type { ClientSession } from './session/clientSession.js'
import { Session } from './session/session.js'
import type { Unsubscribe } from './shared/emitter.js'
import { PROBE_TIMEOUT_MS } from './shared/limits.js'
import { markHandled } from './shared/markHandled.js'
import { readConnectOptions, resolveOptions } from './shared/options.js'
import type {
  CallOptions,
  ConnectOptions,
  ResolvedOptions,
  YektaYarSocketOptions,
} from './shared/options.js'
import { YektaYarError } from './shared/yektaYarError.js'

/**
 * A client of one server: session, connection, typed commands and events.
 *
 * Nothing happens before `connect()`. Every promise settles, and is no unhandled rejection if ignored.
 */
export class YektaYarSocket<Contract extends AnyContract = CoreContract> {
  /** By it Vue leaves the client as it is: through a proxy, private members cannot be read. */
  readonly [Symbol.toStringTag] = 'YektaYarSocket'
  /** The current state of the connection. It is frozen, and the same object until it changes. */
  readonly getSnapshot = (): ConnectionSnapshot => this.#connection.state.snapshot
  /** Calls a listener with the current snapshot: once immediately, and after each change. */
  readonly subscribe = (listener: (snapshot: ConnectionSnapshot) => void): Unsubscribe =>
    this.#connection.state.follow(listener)
  readonly #options: ResolvedOptions
  readonly #session: Session
  readonly #connection: Connection
  readonly #commands: CommandSender
  readonly #events: ServerEvents
  readonly #outbox: Outbox
  readonly #rooms: RoomRegistry

  /**
   * @param given the app's own token, as in the guide, or options
   * @throws {YektaYarError} `invalid_options`
   */
  constructor(given: string | YektaYarSocketOptions<Contract> = {}) {
    this.#options = resolveOptions(typeof given === 'string' ? { token: given } : given)
    this.#session = new Session(this.#options, {
      target: () => this.#connection.target,
      socketId: () => this.getSnapshot().socketId ?? undefined,
      renew: (options) => this.#send('session:renew', undefined, options).answer,
      stop: (failure) => {
        this.#connection.close(failure)
      },
      resume: () => {
        if (this.status === 'stopped') this.#connection.open(this.#connection.target)
      },
    })
    this.#connection = new Connection(this.#options, this.#session, {
      ping: () => {
        this.#options.trace?.({ type: 'probe' })
        this.#ping({ timeoutMs: PROBE_TIMEOUT_MS }).catch(() => undefined) // the probe waits
      },
      onEnded: () => {
        this.#commands.onConnectionLost()
      },
      onEvent: (name, payload) => {
        this.#options.trace?.({ type: 'event', name })
        if (name === 'session:changed') this.#session.changed(payload)
        this.#events.receive(name, payload)
      },
      joins: () => this.#rooms.early(),
    })
    this.#events = new ServerEvents(this.#options.contract)
    this.#commands = new CommandSender(this.#connection) // before all who listen to the connection
    this.#outbox = new Outbox(this.#options, this.#commands, this.#session)
    this.#rooms = new RoomRegistry({
      options: this.#options,
      connection: this.#connection,
      outbox: this.#outbox,
      session: this.#session,
      events: this.#events,
      call: (name, input, options) => this.#send(name, input, options).answer,
    })
    this.#connection.state.onChange(({ from, to }) => {
      if (to !== 'connected' || from === to) return
      void syncWithServer(this.#connection, this.#session, this.#outbox.authorship, () =>
        this.#send('status', undefined, {}, true),
      )
    })
  }

  /** The plain socket of all connections, `null` before `connect()`. Its own `connect()` does nothing. */
  get socket(): Socket<ServerToClientEvents<Contract>, ClientToServerEvents<Contract>> | null {
    return this.#connection.socket
  }

  /** The status of the connection. */
  get status(): ConnectionStatus {
    return this.#connection.state.status
  }

  /** The session; it does not expose the token. */
  get session(): ClientSession {
    return this.#session.facade
  }

  /** The outbox: unfinished `once` commands, such as `sendMessage()` and `room().send()`. */
  get outbox(): ClientOutbox {
    return this.#outbox.facade
  }

  /**
   * Resolves once the connection has a status, immediately if it has it already.
   *
   * @throws {YektaYarError} `timeout`, `aborted`, `not_connected` when idle, or the reason of a stop
   */
  whenStatus(status: ConnectionStatus, options: CallOptions = {}): Promise<void> {
    return markHandled(waitForStatus(this.#connection.state, status, options))
  }

  /**
   * Gets a session and connects. Attempts continue until `disconnect()`, even after this has
   * rejected with `timeout`, and start again after every lost connection. A call while connecting
   * waits for the same connection.
   *
   * @throws {YektaYarError} `timeout`, `aborted`, `invalid_options`, or the server's refusal
   */
  connect(urlOrOptions: string | ConnectOptions = {}): Promise<void> {
    return markHandled(this.#connect(urlOrOptions))
  }

  /** Closes the connection; calls that wait for an answer fail with `connection_lost`. */
  disconnect(): Promise<void> {
    this.#connection.close()
    return Promise.resolve()
  }

  /**
   * Sends a command, at once if connected, and resolves with its answer. A `once` command, by the
   * contract or the option `delivery`, goes through the outbox.
   *
   * @throws {YektaYarError} for every failure; branch on `code`, and on `mayHaveRun` before a retry
   */
  call<Name extends CommandName<Contract>, Data = CommandInput<Name, Contract>>(
    name: Name,
    ...[input, options = {}]: CallArguments<Name, Contract, Data>
  ): Promise<CommandOutput<Name, Contract>> {
    const refused = refusedCall(name, input, options, this.#rooms)
    if (refused) return refused
    const { delivery = commandDelivery(this.#options.contract, name) } = options
    if (delivery === 'once') return markHandled(this.#outbox.send(name, input, options))
    return this.#send(name, input, options).answer
  }

  /** Measures the round trip to the server; the snapshot contains the newest value. */
  ping(options?: CallOptions): Promise<CommandOutput<'ping'> & { roundTripMs: number }> {
    return markHandled(this.#ping(options))
  }

  /** The server's status and this connection's. */
  getStatus(options?: CallOptions): Promise<CommandOutput<'status'>> {
    return this.#core().call('status', undefined, options)
  }

  /** The server's description and features. */
  getInfo(options?: CallOptions): Promise<CommandOutput<'info'>> {
    return this.#core().call('info', undefined, options)
  }

  /** Sends a JSON value to the server and back. */
  echo<Data>(message: Jsonable<Data>, options?: CallOptions): Promise<CommandOutput<'echo'>> {
    return this.#core().call('echo', message as Json, options) // what it is, as far as types tell
  }

  /**
   * Sends a message, and resolves once the server has stored it. Without a connection, it waits in
   * the outbox for the next one, by default for up to 7 days.
   *
   * @throws {YektaYarError} `outbox_full`, `outbox_expired`, `session_ended`, and codes of calls
   */
  sendMessage<Data>(
    data: Jsonable<Data>,
    options?: CallOptions,
  ): Promise<CommandOutput<'message'>> {
    return this.#core().call('message', data as Json, options) // as above
  }

  /** A handle on a room. @throws {YektaYarError} `unknown_room`, where the client has the contract */
  room<
    const Name extends
      { [Pattern in RoomPattern<Contract>]: NameOf<Pattern> }[RoomPattern<Contract>] | RoomHint,
  >(name: Name): RoomHandleOf<Name, Contract>
  room<const Pattern extends RoomPattern<Contract>>(
    pattern: Pattern,
    params: RoomParams<Pattern>,
  ): RoomOfPattern<Pattern, Contract>
  room(name: string, params?: object): unknown {
    return openRoom(roomName(this.#options.contract, name, params), this.#rooms)
  }

  /** Listens to an event from the server, across reconnects. */
  on<Name extends EventName<Contract>>(
    name: Name,
    listener: (payload: EventPayload<Name, Contract>) => void,
  ): Unsubscribe {
    return this.#events.on(name, listener) // from a server with the same contract
  }

  /** Listens to the next occurrence of an event. */
  once<Name extends EventName<Contract>>(
    name: Name,
    listener: (payload: EventPayload<Name, Contract>) => void,
  ): Unsubscribe {
    return this.#events.once(name, listener) // as above
  }

  /**
   * An event's payloads as an async iterator, from now until the loop is left or the signal aborts.
   *
   * @throws {YektaYarError} `buffer_overflow` from the loop, when its body is 1,000 payloads behind
   */
  events<Name extends EventName<Contract>>(
    name: Name,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterableIterator<EventPayload<Name, Contract>> {
    return eventStream((listener) => this.on(name, listener), signal)
  }

  async #connect(urlOrOptions: string | ConnectOptions): Promise<void> {
    const { url, token, ...wait } = readConnectOptions(urlOrOptions, this.#options)
    const last = this.#connection.target
    const target = { url: url ?? last.url, token: token ?? last.token }
    if (wait.signal?.aborted) throw new YektaYarError('aborted', 'connect: aborted')
    const isSame = target.url === last.url && target.token === last.token
    // Another token of the app may belong to another user.
    if (target.token !== last.token && this.#session.state === 'active') this.#outbox.clear()
    if (!isSame || !this.#connection.isOpen) this.#connection.open(target)
    else if (this.getSnapshot().reason === 'session_replaced') this.#connection.hurry()
    this.#outbox.open()
    await waitForStatus(this.#connection.state, 'connected', wait).catch((error: unknown) => {
      if (wait.signal?.aborted && this.status !== 'connected') this.#connection.close()
      throw error
    })
  }

  #send(name: string, input: unknown, options?: CallOptions, isTimed = false): SentCommand {
    const { timeoutMs = this.#options.callTimeoutMs, signal } = options ?? {}
    const { contract } = this.#options
    return this.#commands.send(name, input, { timeoutMs, signal, contract, isTimed })
  }

  async #ping(options?: CallOptions): Promise<CommandOutput<'ping'> & { roundTripMs: number }> {
    const call = this.#send('ping', undefined, options, true)
    const pong = (await call.answer) as CommandOutput<'ping'> // the server validated it
    if (this.status === 'connected') this.#connection.state.write({ roundTripMs: call.roundTripMs })
    this.#session.synchronize(pong.timestamp)
    return { ...pong, roundTripMs: call.roundTripMs }
  }

  /** This client, typed with the core contract, since every contract has the core commands. */
  #core(): YektaYarSocket {
    return this as unknown as YektaYarSocket
  }
}
