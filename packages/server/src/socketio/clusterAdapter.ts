import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Namespace, Socket } from 'socket.io'
import { Adapter, ClusterAdapter, MessageType } from 'socket.io-adapter'
import type { BroadcastOptions, ClusterMessage, ClusterResponse } from 'socket.io-adapter'
import { MAX_ADAPTER_MESSAGE_BYTES } from '../shared/limits.js'
import { UsageError } from '../shared/usageError.js'
import { readMessage, writeMessage } from './adapterMessage.js'
import type { AdapterMessage } from './adapterMessage.js'

/** Headers that may have secrets. */
const secretHeaders = ['authorization', 'cookie', 'sec-websocket-protocol']

/** How adapters reach those of other processes. */
export interface ClusterLink {
  /** Whether there may be another process. */
  hasPeers(this: void): boolean
  /** How many processes there are, this one included. */
  processes(this: void): number
  /** Tells the other processes, in order; never throws. */
  send(this: void, text: string): void
  log: FastifyBaseLogger
}

/** The adapters of this process. */
export interface Cluster {
  /** The class of the adapters, for Socket.IO. */
  readonly adapter: typeof Adapter
  /** A message of another process. */
  receive(this: void, text: string): void
}

type Answer = Pick<ClusterResponse, 'type' | 'data'>

/**
 * Adapters by which `io` reaches connections at every process. What they do here, they do at once, as
 * Socket.IO's own adapter does, and tell the others after that.
 */
export function createCluster(link: ClusterLink): Cluster {
  const { log } = link
  const uid = randomUUID()
  const namespaces = new Map<string, NodeAdapter>()

  class LinkedAdapter extends NodeAdapter {
    constructor(namespace: Namespace) {
      super(namespace, link)
    }

    override init(): void {
      namespaces.set(this.name, this)
    }

    override close(): void {
      namespaces.delete(this.name)
    }
  }

  /** Answers for a namespace that this process does not have, so that nobody waits for it. */
  function answerForNone(message: AdapterMessage): void {
    const answer = emptyAnswer(message)
    if (!answer) return
    const { nsp, uid: to } = message
    link.send(writeMessage({ message: { uid, nsp, ...answer } as ClusterResponse, to }))
  }

  return {
    adapter: LinkedAdapter,
    receive(text) {
      try {
        const { message, to } = readMessage(text)
        const namespace = namespaces.get(message.nsp)
        if (!namespace) answerForNone(message)
        else if (to === null || to === namespace.id) namespace.receive(message)
      } catch (error) {
        log.warn({ err: error }, 'a message from another process could not be delivered')
      }
    },
  }
}

/** The adapter of one namespace. */
class NodeAdapter extends ClusterAdapter {
  readonly #link: ClusterLink

  constructor(namespace: Namespace, link: ClusterLink) {
    super(namespace)
    this.#link = link
  }

  /** By which others answer it. */
  get id(): string {
    return this.uid
  }

  get name(): string {
    return (this.nsp as Namespace).name // the library does not type it
  }

  receive(message: AdapterMessage): void {
    this.onMessage(message as ClusterMessage) // which passes answers on
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(this.#link.processes())
  }

  override broadcast(packet: unknown, options: BroadcastOptions): Promise<void> {
    const data = { packet, opts: plainOptions(options) }
    const message = this.#write(options, { type: MessageType.BROADCAST, data } as ClusterMessage)
    Adapter.prototype.broadcast.call(this, packet, options)
    return this.#send(message)
  }

  override addSockets(options: BroadcastOptions, rooms: string[]): Promise<void> {
    const data = { opts: plainOptions(options), rooms }
    const message = this.#write(options, { type: MessageType.SOCKETS_JOIN, data } as ClusterMessage)
    Adapter.prototype.addSockets.call(this, options, rooms)
    return this.#send(message)
  }

  override delSockets(options: BroadcastOptions, rooms: string[]): Promise<void> {
    const data = { opts: plainOptions(options), rooms }
    const message = this.#write(options, {
      type: MessageType.SOCKETS_LEAVE,
      data,
    } as ClusterMessage)
    Adapter.prototype.delSockets.call(this, options, rooms)
    return this.#send(message)
  }

  override disconnectSockets(options: BroadcastOptions, close: boolean): Promise<void> {
    const data = { opts: plainOptions(options), close }
    const type = MessageType.DISCONNECT_SOCKETS
    const message = this.#write(options, { type, data } as ClusterMessage)
    Adapter.prototype.disconnectSockets.call(this, options, close)
    return this.#send(message)
  }

  protected override doPublish(message: ClusterMessage): Promise<string> {
    if (this.#link.hasPeers()) void this.#send(writeMessage({ message, to: null }))
    return Promise.resolve('')
  }

  /**
   * Answers a question of another process. Never rejects, since the caller ignores the promise. If the
   * answer cannot be written, the question of the other process times out.
   */
  protected override doPublishResponse(to: string, response: ClusterResponse): Promise<void> {
    try {
      this.#link.send(writeMessage({ message: withoutSecrets(response), to }))
    } catch (error) {
      const what =
        'could not answer another process about the sockets here: their data may be circular'
      this.#link.log.warn({ err: error }, what)
    }
    return Promise.resolve()
  }

  /** The text for the other processes; `undefined` where there is none. */
  #write({ flags }: BroadcastOptions, message: ClusterMessage): string | undefined {
    if (flags?.local === true || !this.#link.hasPeers()) return undefined
    const text = writeMessage({ message: { ...message, uid: this.uid, nsp: this.name }, to: null })
    requireSize(text)
    return text
  }

  #send(text: string | undefined): Promise<void> {
    if (text !== undefined) this.#link.send(text)
    return Promise.resolve()
  }
}

/** @throws {UsageError} `payload_too_large` */
function requireSize(text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_ADAPTER_MESSAGE_BYTES) return
  throw new UsageError(
    'payload_too_large',
    `The packet has ${String(bytes)} bytes; other processes get at most ${String(MAX_ADAPTER_MESSAGE_BYTES)}. ` +
      'Send an id, and let the clients ask for the rest',
  )
}

function plainOptions({ rooms, except = new Set(), flags = {} }: BroadcastOptions) {
  return { rooms: [...rooms], except: [...except], flags }
}

/** What a process answers that has none of the connections which a message is about. */
function emptyAnswer(message: AdapterMessage): Answer | undefined {
  if (message.type === MessageType.FETCH_SOCKETS) {
    const { requestId } = message.data
    return { type: MessageType.FETCH_SOCKETS_RESPONSE, data: { requestId, sockets: [] } }
  }
  if (message.type !== MessageType.BROADCAST) return undefined
  const { requestId } = message.data
  if (requestId === undefined) return undefined
  return { type: MessageType.BROADCAST_CLIENT_COUNT, data: { requestId, clientCount: 0 } }
}

/** An answer without what may be a secret in the handshakes of connections. */
function withoutSecrets(response: ClusterResponse): ClusterResponse {
  if (response.type !== MessageType.FETCH_SOCKETS_RESPONSE) return response
  const sockets = (response.data.sockets as Socket[]).map(({ handshake, data, ...socket }) => ({
    ...socket,
    data: { ...(data as object), rooms: undefined }, // as nobody but this process needs it
    handshake: withoutTokens(handshake),
  }))
  return { ...response, data: { ...response.data, sockets } }
}

/** `auth` is left out as a whole: in namespaces of an app's own, any field of it may be a token. */
function withoutTokens(handshake: Socket['handshake']): object {
  const url = handshake.url.replace(/\?.*/, '')
  const query = without(handshake.query, ['token'])
  return { ...handshake, auth: {}, query, url, headers: without(handshake.headers, secretHeaders) }
}

function without(fields: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}
