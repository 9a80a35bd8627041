import { PROTOCOL_VERSION } from '@yektayar/protocol'
import { Manager } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type { ResolvedOptions } from '../shared/options.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { createSocket, managerOptions } from './createSocket.js'
import { receiveEvent } from './engineInternals.js'
import { OpeningTransport } from './openingTransport.js'
import type { TransportOrder } from './transportOrder.js'

/** What a socket tells and asks its client. */
export interface ServerSocketEvents {
  onEvent(name: string, payload: unknown): void
  /** The joins that the next connection brings along, as inputs of `room:join`. */
  joins(): readonly object[]
}

/** The socket of a client. It stays the same for good, so that an app listens once. */
export class ServerSocket {
  readonly #options: ResolvedOptions
  readonly #events: ServerSocketEvents
  #socket: Socket | undefined
  #origin = ''
  #auth: object | undefined
  #present = (): object => ({})
  #locate!: (origin: string) => void
  /** Resolves with the first address for which there was a token: origin and base path. */
  readonly located = new Promise<string>((resolve) => {
    this.#locate = resolve
  })
  /** Whether a server has closed a connection that presented joins: its limits may be too low for them. */
  isWary = false
  /** Whether the server of this connection has the command `outbox:put`. */
  canPut = false

  constructor(options: ResolvedOptions, events: ServerSocketEvents) {
    this.#options = options
    this.#events = events
  }

  /** `null` before `open()`. */
  get current(): Socket | null {
    return this.#socket ?? null
  }

  /** Makes the socket if there is none; it has no connection yet. */
  open(): Socket {
    this.#socket ??= createSocket(this.#options).onAny((name: string, payload) => {
      if (name === 'connection:accepted') this.canPut = propertiesOf(payload).puts === true
      this.#events.onEvent(name, payload)
    })
    return this.#socket
  }

  /** What is presented to the server; the same over each transport of an attempt. */
  get auth(): object {
    return (this.#auth ??= this.#present())
  }

  /**
   * From now on this socket connects to this server, and presents this token to it.
   *
   * @param yields whether the server may refuse the connection, instead of ending another one of the
   * session for it
   */
  to(origin: string, token: string, yields: boolean): void {
    this.#locate(origin + this.#options.basePath)
    this.#auth = undefined
    this.canPut = false
    this.#present = () => {
      const joins = this.isWary ? [] : this.#events.joins()
      return {
        token,
        protocol: PROTOCOL_VERSION,
        puts: true,
        ...(yields && { yields }),
        ...(joins.length > 0 && { joins }),
      }
    }
    if (this.#origin === origin) return
    // What an app has emitted for the one server is nothing for another.
    if (this.#origin) this.open().sendBuffer.length = 0
    this.#origin = origin
  }

  /** Treats an event as one that has arrived: the server leaves out what it has answered already. */
  hear(name: string, payload: unknown): void {
    receiveEvent(this.open(), name, payload)
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
