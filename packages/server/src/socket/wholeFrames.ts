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
 * Sends over WebSocket in place of Engine.IO: each frame is one buffer, those of a batch leave in
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
    for (const packet of packets) tcp.write(frameOf(packet))
    if (!isOne) tcp.uncork()
    waitFor(tcp, this)
  } else {
    const engine = Object.getPrototypeOf(this) as WebSocketTransport
    engine.send.call(this, packets)
    if (!isOne) tcp?.uncork()
  }
}

/** Tells Engine.IO once the kernel has taken what was written, which mostly it has. */
function waitFor(tcp: TcpSocket, transport: WebSocketTransport): void {
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

/** The frame of a packet; of a broadcast, all who get it find the same. */
function frameOf({ data, options }: TextPacket): Buffer {
  const { wsPreEncodedFrame: shared } = options
  if (!shared) return encode(MESSAGE + data)
  const [header, payload] = shared
  if (header && !payload) return header
  const whole = Buffer.concat(shared)
  shared.splice(0, shared.length, whole)
  return whole
}

/** A frame as servers send it, unmasked (RFC 6455, 5.2). */
function encode(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerLength = length < LENGTH_IN_2_BYTES ? 2 : length < 2 ** 16 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = FINAL_TEXT
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = LENGTH_IN_2_BYTES
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = LENGTH_IN_8_BYTES
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerLength)
  return frame
}
