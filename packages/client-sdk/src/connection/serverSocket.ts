import { PROTOCOL_VERSION } from '@yektayar/protocol'
import { Manager } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type { ResolvedOptions } from '../shared/options.js'
import { createSocket, managerOptions } from './createSocket.js'
import { OpeningTransport } from './openingTransport.js'
import type { TransportOrder } from './transportOrder.js'

/** The socket of a client. It stays the same for good, so that an app listens once. */
export class ServerSocket {
  readonly #options: ResolvedOptions
  readonly #onEvent: (name: string, payload: unknown) => void
  #socket: Socket | undefined
  #origin = ''
  #auth: object = {}

  constructor(options: ResolvedOptions, onEvent: (name: string, payload: unknown) => void) {
    this.#options = options
    this.#onEvent = onEvent
  }

  /** `null` before `open()`. */
  get current(): Socket | null {
    return this.#socket ?? null
  }

  /** Makes the socket if there is none; it has no connection yet. */
  open(): Socket {
    this.#socket ??= createSocket(this.#options).onAny(this.#onEvent)
    return this.#socket
  }

  /** What is presented to the server. */
  get auth(): object {
    return this.#auth
  }

  /**
   * Leads to a server, to which a token is presented, from now on.
   *
   * @param yields whether it may refuse where another connection would have to end for this one
   */
  to(origin: string, token: string, yields: boolean): void {
    this.#auth = { token, protocol: PROTOCOL_VERSION, ...(yields && { yields }) }
    if (this.#origin === origin) return
    // What an app has emitted for the one server is nothing for another.
    if (this.#origin) this.open().sendBuffer.length = 0
    this.#origin = origin
  }

  /** A connection of its own to the same server, not open yet. */
  createManager(transports: readonly string[], upgrade: boolean, origin = this.#origin): Manager {
    const options = managerOptions(this.#options)
    return new Manager(origin, { ...options, transports: [...transports], upgrade })
  }

  /** Begins to open such a connection. */
  begin(transports: readonly string[], upgrade: boolean, origin?: string): OpeningTransport {
    return new OpeningTransport(this.createManager(transports, upgrade, origin))
  }

  /**
   * Opens a WebSocket while the token is searched for, which takes a request or more. Not after a
   * failure: where the server has no session to give, it need not serve connections as well.
   */
  openAhead(
    attempt: number,
    { names, isUpgrading }: TransportOrder,
    origin: string,
  ): OpeningTransport | undefined {
    if (attempt > 1 || names[0] !== 'websocket') return undefined
    return this.begin(names, isUpgrading, origin)
  }
}
