import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import { Writable } from 'node:stream'
import { Socket } from 'socket.io'
import { Decoder, PacketType } from 'socket.io-parser'
import { WebSocketServer } from 'ws'
import type { Connection, RealtimeServer } from './connection.js'
import type { Packet } from './transportEvents.js'

/*
 * Every private name of Socket.IO, Engine.IO and `ws` that the server uses. If a name is missing or
 * its value has another type, its function returns `undefined` or does nothing. privateFeatures.ts
 * lists what is off then. Lint forbids these names in all other files.
 */

type Conn = Connection['conn']
type AnyTransport = Conn['transport']

/** An event of a transport of Engine.IO. */
export type TransportEvent = 'ready' | 'drain' | 'close'

/** A transport over WebSocket that has all names of the feature `directFrames`. */
export interface WebSocketTransport {
  writable: boolean
  /** The WebSocket of `ws`. */
  readonly socket: { readonly readyState: number; readonly _socket: TcpSocket | null }
  send(packets: readonly Packet[]): void
  emit(event: TransportEvent): boolean
}

/** A WebSocket. Its public methods may be missing in a runtime with its own `ws`. */
type WebSocketLike = EventEmitter & { terminate?: () => void }

/** A method of a connection that takes a packet. */
type SocketMethod = (this: Connection, packet: readonly unknown[]) => void

interface Insides {
  readonly socket?: unknown
  readonly closeTimeout?: unknown
}

/** The state of a WebSocket that neither side has begun to close. */
const OPEN = 1

/** The WebSocket of a connection, if it has one. */
export function webSocketOf({ transport }: Conn): WebSocketLike | undefined {
  const { socket } = transport as Insides
  return socket instanceof EventEmitter ? socket : undefined
}

/** The TCP socket of a connection over WebSocket. */
export function tcpOf({ transport }: Conn): TcpSocket | undefined {
  const { _socket: tcp } = ((transport as Insides).socket ?? {}) as { _socket?: TcpSocket | null }
  return typeof tcp?.writableLength === 'number' ? tcp : undefined
}

/** The same for a WebSocket that is open. */
export function openTcpOf({ socket }: WebSocketTransport): TcpSocket | undefined {
  return socket.readyState === OPEN ? (socket._socket ?? undefined) : undefined
}

/** The stream to which `ws` writes the bytes that it reads from a WebSocket. */
export function receiverOf(webSocket: object): Writable | undefined {
  const { _receiver: receiver } = webSocket as { _receiver?: unknown }
  return receiver instanceof Writable ? receiver : undefined
}

/** The answer to the poll that a connection over polling holds open. */
export function pollOf({ transport }: Conn): ServerResponse | undefined {
  const { res } = transport as { readonly res?: ServerResponse | null } // HTTP/2 has its own class
  return isEmitter(res) ? res : undefined
}

/** Whether a polling transport exposes the poll that it holds open, or `null` for none. */
export function tellsPolls({ transport }: Conn): boolean {
  return 'res' in transport && (transport.res === null || isEmitter(transport.res))
}

/** Whether a transport takes packets now. */
export function isWritable({ transport }: Conn): boolean {
  return transport.writable
}

/** Whether the flag that a transport takes packets can be read and written. */
export function tellsWritable({ transport }: Conn): boolean {
  const flag = Object.getOwnPropertyDescriptor(transport, 'writable')
  return typeof flag?.value === 'boolean' && flag.writable === true
}

/** Makes packets wait in Engine.IO. Only this function and `markFree()` write the flag. */
export function markBusy(transport: Pick<WebSocketTransport, 'writable'>): void {
  transport.writable = false
}

/** Lets a transport take packets again; Engine.IO then sends the waiting ones. */
export function markFree(transport: Pick<WebSocketTransport, 'writable' | 'emit'>): void {
  transport.writable = true
  transport.emit('ready')
}

/** Tells Engine.IO that a batch was sent. */
export function tellDrained(transport: Pick<WebSocketTransport, 'emit'>): void {
  transport.emit('drain')
}

/** Tells Engine.IO that a transport is closed. */
export function tellClosed({ transport }: Conn): void {
  transport.emit('close')
}

/** Whether Engine.IO listens to an event of the transport of a connection. */
export function hearsTransport({ transport }: Conn, event: TransportEvent): boolean {
  return transport.listenerCount(event) > 0
}

/** Calls back when the transport of a connection becomes writable, for example by the next poll. */
export function onReady({ transport }: Conn, callBack: () => void): void {
  transport.on('ready', callBack)
}

/** Whether Engine.IO passes packets to a transport as `replaceSend()` expects. */
export const hasSend = ({ transport }: Conn): boolean =>
  typeof prototypeOf(transport).send === 'function'

/** Replaces how one transport sends its packets. */
export function replaceSend(
  transport: AnyTransport,
  send: (this: never, packets: readonly Packet[]) => void,
): void {
  Reflect.set(transport, 'send', send)
}

/** Sends packets by Engine.IO's original method, after `replaceSend()`. */
export function sendByEngine(transport: WebSocketTransport, packets: readonly Packet[]): void {
  prototypeOf(transport).send.call(transport, packets)
}

/** Whether a polling transport has its own time limit for closing. */
export const hasPollingClose = ({ transport }: Conn): boolean =>
  typeof (transport as Insides).closeTimeout === 'number'

/** Limits how long a polling transport waits for another poll before it closes. */
export function limitPollingClose(conn: Conn, ms: number): void {
  if (hasPollingClose(conn)) Reflect.set(conn.transport, 'closeTimeout', ms)
}

/** The option of `ws` for how long a WebSocket waits for its peer to close; its types lack it. */
export function closeTimeoutOption(ms: number): object {
  return { closeTimeout: ms }
}

/** Whether `ws` has that option. */
export function hasCloseTimeoutOption(): boolean {
  const { options } = new WebSocketServer({ noServer: true })
  return typeof (options as { closeTimeout?: unknown }).closeTimeout === 'number'
}

/** The packets that wait in Engine.IO until the transport is writable; they may be removed. */
export function unsentPacketsOf(conn: Conn): unknown[] | undefined {
  const { writeBuffer } = conn as unknown as { writeBuffer?: unknown }
  return Array.isArray(writeBuffer) ? writeBuffer : undefined
}

/** The timer that runs while Engine.IO waits for the answer to a heartbeat; `null` for none. */
export function heartbeatTimerOf(conn: Conn): Pick<NodeJS.Timeout, 'refresh'> | null | undefined {
  const { pingTimeoutTimer: timer } = conn as unknown as {
    pingTimeoutTimer?: NodeJS.Timeout | null
  }
  return timer === null || typeof timer?.refresh === 'function' ? timer : undefined
}

/** The query of a request, as Engine.IO has parsed it before its middlewares run. */
export function queryOf(request: IncomingMessage): Readonly<Record<string, unknown>> | undefined {
  return recordOf((request as { _query?: unknown })._query)
}

/** The connections of Engine.IO by their session ids. */
export function clientsOf({ engine }: RealtimeServer): object | undefined {
  return recordOf((engine as unknown as { clients?: unknown }).clients)
}

/** Whether the response that Engine.IO makes for an upgrade keeps the request. */
export function keepsRequest(response: object): boolean {
  return 'req' in response
}

/** Releases the request that the response to an upgrade keeps. */
export function releaseRequest(response: object): void {
  if (keepsRequest(response)) Reflect.set(response, 'req', undefined)
}

/** The frame, in parts, that Socket.IO's adapter made once for all receivers of a broadcast. */
export function sharedFrameOf({ options }: Packet): Buffer[] | undefined {
  const { wsPreEncodedFrame: parts } = (options ?? {}) as { wsPreEncodedFrame?: Buffer[] }
  return Buffer.isBuffer(parts?.[0]) ? parts : undefined
}

/** The packet options of a broadcast, found by broadcasting to a fake client. */
export function broadcastOptions({ sockets }: RealtimeServer): object | undefined {
  let found: object | undefined
  const client = {
    writeToEngine(_packets: unknown, options: object) {
      found = options
    },
  }
  const namespace: unknown = Object.create(sockets, {
    sockets: { value: new Map([['probe', { id: 'probe', client }]]) },
  })
  try {
    const Adapter = sockets.adapter.constructor as new (
      namespace: unknown,
    ) => typeof sockets.adapter
    const adapter = new Adapter(namespace)
    void adapter.addAll('probe', new Set(['probe']))
    adapter.broadcast(
      { type: PacketType.EVENT, data: ['probe'] },
      { rooms: new Set(), except: new Set(), flags: { local: true } },
    )
  } catch {
    // This version of the adapter broadcasts in another way.
  }
  return found
}

/** The decoder of the packets of a connection. */
export function decoderOf({ client }: Connection): Decoder | undefined {
  const { decoder } = client as unknown as { decoder?: unknown }
  return decoder instanceof Decoder ? decoder : undefined
}

/** How Socket.IO passes packets on to the middlewares and listeners of a connection. */
export const packetDispatch = (): SocketMethod | undefined => socketMethod('dispatch')

/** The middlewares that an app has added to a connection by `use()`. */
export function middlewaresOf(connection: Connection): readonly unknown[] | undefined {
  const { fns } = connection as unknown as { fns?: unknown }
  return Array.isArray(fns) ? fns : undefined
}

/** Replaces how the packets of one connection are passed on. */
export function replaceDispatch(connection: Connection, dispatch: SocketMethod): void {
  Reflect.set(connection, 'dispatch', dispatch)
}

/** Whether Socket.IO makes the acknowledgements of a connection in a way that can be followed. */
export function makesAnswers(connection: Connection): boolean {
  return typeof (connection as unknown as { ack?: unknown }).ack === 'function'
}

/** Calls back with each function that answers a packet of a connection, and the packet's id. */
export function onAnswerMade(
  connection: Connection,
  callBack: (answer: object, packetId: number) => void,
): void {
  if (!makesAnswers(connection)) return
  const { ack } = connection as unknown as { ack: (id: number) => object }
  Reflect.set(connection, 'ack', (id: number) => {
    const answer = ack.call(connection, id)
    callBack(answer, id)
    return answer
  })
}

/** How Socket.IO runs the listeners of `onAnyOutgoing()` for a packet. */
export const outgoingNotifier = (): SocketMethod | undefined =>
  socketMethod('notifyOutgoingListeners')

/** Replaces how the `onAnyOutgoing()` listeners of one connection are run. */
export function replaceNotifier(connection: Connection, notify: SocketMethod): void {
  Reflect.set(connection, 'notifyOutgoingListeners', notify)
}

/** The bytes left of the chunk that the kernel is taking. Node's own idle timeout uses them too. */
export function kernelQueueOf(tcp: TcpSocket): number | undefined {
  const { _handle: handle } = tcp as { _handle?: { writeQueueSize?: unknown } | null }
  const size = handle?.writeQueueSize
  return typeof size === 'number' ? size : undefined
}

function socketMethod(name: string): SocketMethod | undefined {
  const method: unknown = Reflect.get(Socket.prototype, name)
  return typeof method === 'function' ? (method as SocketMethod) : undefined
}

function isEmitter(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter
}

function prototypeOf(transport: object): Pick<WebSocketTransport, 'send'> {
  return Object.getPrototypeOf(transport) as Pick<WebSocketTransport, 'send'>
}

/** The value if it is a plain object. */
function recordOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || prototype === Object.prototype
  return isPlain ? (value as Record<string, unknown>) : undefined
}
