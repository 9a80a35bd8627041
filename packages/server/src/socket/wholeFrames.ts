import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'
import { tcpOf } from './transport.js'
import type { Packet, TransportWatcher } from './watchTransports.js'

type Conn = Connection['conn']

/** Engine.IO's transport over WebSocket. */
interface WebSocketTransport {
  writable: boolean
  /** Of the library `ws`. */
  readonly socket: { readonly _socket?: TcpSocket | null }
  send(packets: readonly Packet[]): void
  emit(event: 'drain' | 'ready'): boolean
}

type TextPacket = Packet & { readonly data: string }

/** First byte of a frame that is a whole message of text. */
const FINAL_TEXT = 0x81
const LENGTH_IN_2_BYTES = 126
const LENGTH_IN_8_BYTES = 127
/** Engine.IO's type of a packet that carries one of Socket.IO's. */
const MESSAGE = '4'

/** Socket.IO's types of packets after which binary ones follow, with the same options, begin here. */
const FIRST_BINARY = '5'

const NOTHING = Buffer.alloc(0)

/**
 * Sends over WebSocket in place of Engine.IO: each frame is one chunk, those of a batch leave in
 * one write, and a transport whose kernel takes them at once stays free for more. `ws` writes the
 * header and the text of a frame one after the other, and Engine.IO waits for the next tick each
 * time. What is not text is still theirs to send; frames are never compressed.
 */
export function sendWholeFrames(watch: (watcher: TransportWatcher) => void): void {
  watch({
    opened(conn) {
      takeOver.call(conn)
      if (conn.transport.name !== 'websocket') conn.on('upgrade', takeOver)
    },
  })
}

function takeOver(this: Conn): void {
  if (tcpOf(this)) Object.assign(this.transport, { send })
}

function send(this: WebSocketTransport, packets: readonly Packet[]): void {
  const tcp = this.socket._socket
  const isOne = packets.length === 1
  if (!isOne) tcp?.cork()
  if (tcp && packets.every(isText)) {
    for (const packet of packets) write(tcp, packet)
    if (!isOne) tcp.uncork()
    waitFor(tcp, this)
  } else {
    const engine = Object.getPrototypeOf(this) as WebSocketTransport
    engine.send.call(this, packets)
    if (!isOne) tcp?.uncork()
  }
}

/** The frame of a packet of Socket.IO that is text, for `writeAhead()`. */
export function frameOf(packet: string): Buffer {
  const text = MESSAGE + packet
  return encode(text, Buffer.byteLength(text))
}

/** Writes a frame without Engine.IO where nothing waits that was sent before; says whether it did. */
export function writeAhead(conn: Conn, frame: Buffer): boolean {
  const tcp = tcpOf(conn)
  const { readyState, transport } = conn
  if (!tcp || readyState !== 'open' || !transport.writable) return false
  tcp.write(frame)
  if (tcp.writableLength > 0) waitFor(tcp, transport)
  return true
}

/** Tells Engine.IO once the kernel has taken what was written, which mostly it has. */
function waitFor(tcp: TcpSocket, transport: Pick<WebSocketTransport, 'writable' | 'emit'>): void {
  if (tcp.writableLength === 0) {
    transport.emit('drain')
    return
  }
  transport.writable = false
  tcp.write(NOTHING, (error) => {
    if (error) return // the socket closes, which is told
    transport.emit('drain')
    transport.writable = true
    transport.emit('ready')
  })
}

function isText(packet: Packet): packet is TextPacket {
  const { type, data } = packet
  return type === 'message' && typeof data === 'string' && data < FIRST_BINARY
}

/** Writes a frame; of a broadcast, all who get it get the same. */
function write(tcp: TcpSocket, { data, options }: TextPacket): void {
  const { wsPreEncodedFrame: shared } = options
  if (shared) {
    tcp.write(joined(shared))
    return
  }
  const text = MESSAGE + data
  const length = Buffer.byteLength(text)
  // For ASCII nobody has to make a buffer.
  if (length === text.length) tcp.write(headerOf(length) + text, 'latin1')
  else tcp.write(encode(text, length))
}

function encode(text: string, length: number): Buffer {
  const header = headerOf(length)
  const frame = Buffer.allocUnsafe(header.length + length)
  frame.write(header, 'latin1')
  frame.write(text, header.length)
  return frame
}

function joined(parts: Buffer[]): Buffer {
  const [first, second] = parts
  if (first && !second) return first
  const whole = Buffer.concat(parts)
  parts.splice(0, parts.length, whole)
  return whole
}

/** The header of a frame as servers send it, unmasked (RFC 6455, 5.2); its bytes as characters. */
function headerOf(length: number): string {
  if (length < LENGTH_IN_2_BYTES) return String.fromCharCode(FINAL_TEXT, length)
  const low = String.fromCharCode((length >> 8) & 0xff, length & 0xff)
  if (length < 2 ** 16) return String.fromCharCode(FINAL_TEXT, LENGTH_IN_2_BYTES) + low
  const high = String.fromCharCode(0, 0, 0, 0, (length >> 24) & 0xff, (length >> 16) & 0xff)
  return String.fromCharCode(FINAL_TEXT, LENGTH_IN_8_BYTES) + high + low
}
