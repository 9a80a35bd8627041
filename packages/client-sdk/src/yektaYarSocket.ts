import { validate } from '@yektayar/protocol'
import type {
  AnyContract,
  ClientToServerEvents,
  CommandInput,
  CommandName,
  CommandOutput,
  CoreContract,
  EventName,
  EventPayload,
  InputArguments,
  ServerToClientEvents,
} from '@yektayar/protocol'
import type { Socket } from 'socket.io-client'
import { Connection } from './connection.js'
import type { Target } from './connection.js'
import type { ConnectionSnapshot, StatusChange } from './connectionState.js'
import { startDeadline } from './deadline.js'
import { Emitter, reportListenerError } from './emitter.js'
import type { Unsubscribe } from './emitter.js'
import { eventStream } from './eventStream.js'
import { handled } from './handled.js'
import { checkMilliseconds, checkToken, checkUrl, resolveOptions } from './options.js'
import type {
  CallOptions,
  ConnectOptions,
  ResolvedOptions,
  YektaYarSocketOptions,
} from './options.js'
import { sendCommand } from './sendCommand.js'
import { Session } from './session.js'
import type { ClientSession } from './session.js'
import type { ConnectionStatus } from './status.js'
import { whenStatus } from './whenStatus.js'
import { YektaYarError } from './yektaYarError.js'

/** The input of a command and its options, as the command's schema asks for them. */
export type CallArguments<Name extends CommandName<Contract>, Contract extends AnyContract> = [
  ...InputArguments<CommandInput<Name, Contract>>,
  options?: CallOptions | undefined,
]

/** How long a connection that is in doubt may take to prove that it lives, in milliseconds. */
const PROBE_TIMEOUT_MS = 3_000

/**
 * A client of one server: session, connection, typed commands and events.
 *
 * Constructing it does nothing yet; `connect()` does. Every promise that it returns settles, and
 * none that is left alone ends a process by an unhandled rejection.
 */
export class YektaYarSocket<Contract extends AnyContract = CoreContract> {
  readonly #options: ResolvedOptions
  readonly #session: Session
  readonly #connection: Connection
  readonly #events = new Emitter()
  /** With a contract, payloads are checked before they are delivered, one after the other. */
  #checks = Promise.resolve()

  /**
   * @param tokenOrOptions a token of the app's own, as in the guide, or options
   * @throws {YektaYarError} `invalid_options`
   */
  constructor(tokenOrOptions: string | YektaYarSocketOptions<Contract> = {}) {
    this.#options = resolveOptions(
      typeof tokenOrOptions === 'string' ? { token: tokenOrOptions } : tokenOrOptions,
    )
    this.#session = new Session(this.#options)
    this.#connection = new Connection(this.#options, this.#session, {
      onConnected: () => void this.ping(),
      onDoubt: () => void this.#probe(),
      onEvent: (name, payload) => {
        this.#receive(name, payload)
      },
    })
  }

  /** The plain `socket.io-client` socket; `null` before the first attempt. */
  get socket(): Socket<ServerToClientEvents<Contract>, ClientToServerEvents<Contract>> | null {
    return this.#connection.socket
  }

  /** Where the connection stands. */
  get status(): ConnectionStatus {
    return this.#connection.state.status
  }

  /** Everything about the connection at this moment; frozen. */
  get snapshot(): ConnectionSnapshot {
    return this.#connection.state.snapshot
  }

  /** The session's state; the token is not in it. */
  get session(): ClientSession {
    return this.#session
  }

  /** Listens to every change of the snapshot. */
  onStatus(listener: (change: StatusChange) => void): Unsubscribe {
    return this.#connection.state.onChange(listener)
  }

  /**
   * Resolves once the connection has a status, at once if it has it already.
   *
   * @throws {YektaYarError} `timeout`, `aborted`; `not_connected` when it is idle or stopped instead
   */
  whenStatus(status: ConnectionStatus, options: CallOptions = {}): Promise<void> {
    return handled(this.#whenStatus(status, options))
  }

  /**
   * Gets a session and connects. Attempts go on until `disconnect()`, also after this has rejected
   * with `timeout`, and again after every loss. Called while it is connecting, it joins in.
   *
   * @throws {YektaYarError} `timeout`, `aborted`, `invalid_options`, or why the server refused
   */
  connect(urlOrOptions: string | ConnectOptions = {}): Promise<void> {
    const options = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
    return handled(this.#connect(options))
  }

  /** Closes the connection; calls that wait for an answer fail with `connection_lost`. */
  disconnect(): Promise<void> {
    this.#connection.close()
    return Promise.resolve()
  }

  /**
   * Sends a command and resolves with its answer: `call('echo', 'hi', { timeoutMs: 500 })`.
   *
   * @throws {YektaYarError} for every failure; branch on `code`, and on `mayHaveRun` before a retry
   */
  call<Name extends CommandName<Contract>>(
    name: Name,
    ...[input, options = {}]: CallArguments<Name, Contract>
  ): Promise<CommandOutput<Name, Contract>> {
    const { callTimeoutMs, contract } = this.#options
    const { timeoutMs = callTimeoutMs, signal } = options as CallOptions // the tuple hides it
    const answer = sendCommand(this.#connection, name, input, { timeoutMs, signal, contract })
    return handled(answer as Promise<CommandOutput<Name, Contract>>) // the server validated it against the same contract
  }

  /** Measures the round trip to the server; the snapshot keeps the newest value. */
  ping(options?: CallOptions): Promise<CommandOutput<'ping'> & { roundTripMs: number }> {
    return handled(this.#ping(options))
  }

  /** The server's status and this connection's. */
  getStatus(options?: CallOptions): Promise<CommandOutput<'status'>> {
    return this.#core().call('status', undefined, options)
  }

  /** What the server is and can do. */
  getInfo(options?: CallOptions): Promise<CommandOutput<'info'>> {
    return this.#core().call('info', undefined, options)
  }

  /** Sends a JSON value to the server and back. */
  echo(message: CommandInput<'echo'>, options?: CallOptions): Promise<CommandOutput<'echo'>> {
    return this.#core().call('echo', message, options)
  }

  /** Sends a message to the server. */
  sendMessage(
    data: CommandInput<'message'>,
    options?: CallOptions,
  ): Promise<CommandOutput<'message'>> {
    return this.#core().call('message', data, options)
  }

  /** Listens to an event of the server, across reconnects. */
  on<Name extends EventName<Contract>>(
    name: Name,
    listener: (payload: EventPayload<Name, Contract>) => void,
  ): Unsubscribe {
    return this.#events.on(name, (payload) => {
      listener(payload) // from a server with the same contract
    })
  }

  /** Listens to the next occurrence of an event. */
  once<Name extends EventName<Contract>>(
    name: Name,
    listener: (payload: EventPayload<Name, Contract>) => void,
  ): Unsubscribe {
    const stop = this.on(name, (payload) => {
      stop()
      listener(payload)
    })
    return stop
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

  async #connect({ url, token, timeoutMs, signal }: ConnectOptions): Promise<void> {
    checkMilliseconds({ timeoutMs })
    const running = this.#connection.target
    const target: Target = {
      url: checkUrl(url) ?? running?.url ?? this.#options.url,
      token: checkToken(token) ?? running?.token ?? this.#options.token,
    }
    if (signal?.aborted) throw new YektaYarError('aborted', 'connect: aborted before it began')
    if (running?.url !== target.url || running?.token !== target.token || !running) {
      this.#connection.open(target)
    }
    await this.#whenStatus('connected', {
      timeoutMs: timeoutMs ?? this.#options.connectTimeoutMs,
      signal,
    }).catch((error: unknown) => {
      if (signal?.aborted && this.status !== 'connected') this.#connection.close()
      throw this.#connection.failure ?? error
    })
  }

  async #whenStatus(status: ConnectionStatus, { timeoutMs, signal }: CallOptions): Promise<void> {
    const deadline = startDeadline(timeoutMs, signal)
    try {
      await whenStatus(this.#connection.state, status, deadline, (code) => {
        const hint = code === 'timeout' ? 'Attempts go on in the background' : undefined
        return new YektaYarError(code, `The connection did not become ${status}`, { hint })
      })
    } finally {
      deadline.end()
    }
  }

  async #ping(options?: CallOptions): Promise<CommandOutput<'ping'> & { roundTripMs: number }> {
    const { callTimeoutMs, contract } = this.#options
    const { timeoutMs = callTimeoutMs, signal } = options ?? {}
    let roundTripMs = 0
    const pong = await sendCommand(this.#connection, 'ping', undefined, {
      timeoutMs,
      signal,
      contract,
      onRoundTrip: (measuredMs) => {
        roundTripMs = Math.round(measuredMs * 100) / 100
      },
    })
    if (this.status === 'connected') this.#connection.state.write({ roundTripMs })
    return { ...(pong as CommandOutput<'ping'>), roundTripMs } // the server validated it
  }

  async #probe(): Promise<void> {
    const { socketId } = this.snapshot
    try {
      await this.#ping({ timeoutMs: PROBE_TIMEOUT_MS })
    } catch {
      if (this.snapshot.socketId === socketId) this.#connection.drop()
    }
  }

  #receive(name: string, payload: unknown): void {
    const schema = this.#options.contract?.events[name]
    if (!schema) {
      this.#events.emit(name, payload)
      return
    }
    this.#checks = this.#checks.then(async () => {
      const checked = await validate(schema, payload)
      if (checked.ok) this.#events.emit(name, checked.value)
      else {
        const data = { issues: checked.issues }
        reportListenerError(
          new YektaYarError('invalid_answer', `The event ${name} breaks the contract`, { data }),
        )
      }
    })
  }

  /** Every contract has the core commands, which a type parameter cannot say. */
  #core(): YektaYarSocket {
    return this as unknown as YektaYarSocket
  }
}
