import type { Socket } from 'socket.io-client'
import type { ResolvedOptions } from '../shared/options.js'
import { createSocket } from './createSocket.js'

/** The socket to the server that the connection leads to, the same one across reconnects to it. */
export class ServerSocket {
  readonly #options: ResolvedOptions
  readonly #onEvent: (name: string, payload: unknown) => void
  #socket: Socket | null = null
  #origin = ''
  #token = ''

  constructor(options: ResolvedOptions, onEvent: (name: string, payload: unknown) => void) {
    this.#options = options
    this.#onEvent = onEvent
  }

  /** `null` before the first attempt. */
  get current(): Socket | null {
    return this.#socket
  }

  /** The socket to a server, which presents a token from now on. */
  to(origin: string, token: string): Socket {
    this.#token = token
    if (this.#socket && this.#origin === origin) return this.#socket
    const socket = createSocket(origin, this.#options, () => this.#token)
    socket.onAny(this.#onEvent)
    this.#origin = origin
    this.#socket = socket
    return socket
  }
}
