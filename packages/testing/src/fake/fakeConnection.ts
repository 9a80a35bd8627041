import type { Answer } from '@yektayar/protocol'
import { Decoder, Encoder, PacketType } from 'socket.io-parser'
import type { Packet } from 'socket.io-parser'
import type { FakeSession } from './fakeSessions.js'
import type { MemoryPeer, MemorySocket } from './memorySocket.js'
import { randomId } from './randomId.js'
import { toAnswerError } from './refusal.js'

/** The only types of Engine.IO packets that are needed here; the client sends no others. */
const OPEN = '0'
const MESSAGE = '4'

/** There is no heartbeat. The client would miss it only after 24 days, the longest timer. */
const handshake = { upgrades: [], pingInterval: 2 ** 30, pingTimeout: 2 ** 30 - 1, maxPayload: 1e6 }

/** What a client presents in its handshake, whatever that is. */
export interface Presented {
  readonly token?: unknown
  readonly protocol?: unknown
  readonly joins?: unknown
}

/** What a connection tells the server that it belongs to. */
export interface ConnectionDeps {
  /** @throws {YektaYarError} why the token is refused */
  admit(presented: Presented): FakeSession
  admitted(connection: FakeConnection, presented: Presented): void
  /** The client has disconnected of its own accord. */
  departed(connection: FakeConnection): void
  command(
    connection: FakeConnection,
    name: string,
    payloads: readonly unknown[],
    acknowledge: ((answer: Answer<unknown>) => void) | undefined,
  ): void
}

/** The server's side of one connection: what a client needs of Engine.IO and Socket.IO. */
export class FakeConnection implements MemoryPeer {
  readonly id = randomId()
  /** The rooms whose messages it gets. */
  readonly rooms = new Set<string>()
  /** Resolves when it is closed on both ends. */
  readonly over: Promise<void>
  /** The token from the handshake, or a newer one. */
  token = ''
  readonly #socket: MemorySocket
  readonly #deps: ConnectionDeps
  readonly #encoder = new Encoder()
  readonly #decoder = new Decoder()
  #session: FakeSession | undefined
  #heard = Promise.resolve()
  #end: () => void = () => undefined

  constructor(socket: MemorySocket, deps: ConnectionDeps) {
    this.#socket = socket
    this.#deps = deps
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#decoder.on('decoded', (packet) => {
      this.#take(packet)
    })
  }

  /** Its session, from admission until it closes. */
  get session(): FakeSession | undefined {
    return this.#session
  }

  /** Resolves after the client’s listeners ran for everything that was sent so far. */
  get heard(): Promise<void> {
    return this.#heard
  }

  /** Moves it to another session. */
  moveTo(session: FakeSession): void {
    this.#session = session
  }

  open(): void {
    this.#socket.open(this)
    void this.#socket.deliver(OPEN + JSON.stringify({ sid: randomId(), ...handshake }))
  }

  received(text: string): void {
    if (text.startsWith(MESSAGE)) this.#decoder.add(text.slice(MESSAGE.length))
  }

  closed(): void {
    this.#session = undefined
    this.#end()
  }

  emit(name: string, payload: unknown): void {
    if (this.#session) this.#send({ type: PacketType.EVENT, data: [name, payload] })
  }

  /** Breaks the connection, as a network failure does. */
  cut(): void {
    this.#socket.cut()
  }

  /** Disconnects from the server's side; the client then closes the transport. */
  disconnect(): void {
    this.#send({ type: PacketType.DISCONNECT })
    this.#session = undefined
  }

  #take({ type, data, id }: Packet): void {
    if (type === PacketType.CONNECT) this.#admit((data ?? {}) as Presented) // as clients send it
    if (type === PacketType.DISCONNECT) this.#depart()
    if (type !== PacketType.EVENT || !this.#session) return
    const [name, ...payloads] = data as [unknown, ...unknown[]] // from Socket.IO's own decoder
    const acknowledge = (answer: Answer<unknown>): void => {
      if (this.#session) this.#send({ type: PacketType.ACK, id: id ?? 0, data: [answer] })
    }
    this.#deps.command(this, String(name), payloads, id === undefined ? undefined : acknowledge)
  }

  #depart(): void {
    this.#deps.departed(this)
    this.#session = undefined
  }

  #admit(presented: Presented): void {
    try {
      this.#session = this.#deps.admit(presented)
    } catch (error) {
      const data = toAnswerError(error)
      this.#send({ type: PacketType.CONNECT_ERROR, data: { message: data.message, data } })
      return
    }
    this.token = String(presented.token)
    this.#send({ type: PacketType.CONNECT, data: { sid: this.id } })
    this.#deps.admitted(this, presented)
  }

  #send(packet: Omit<Packet, 'nsp'>): void {
    for (const text of this.#encoder.encode({ nsp: '/', ...packet }) as string[])
      // there is no binary data
      this.#heard = this.#socket.deliver(MESSAGE + text)
  }
}
