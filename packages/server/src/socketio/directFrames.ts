import type { Socket as TcpSocket } from 'node:net'
import { PacketType } from 'socket.io-parser'
import type { Connection } from './connection.js'
import {
  isWritable,
  markBusy,
  markFree,
  openTcpOf,
  replaceSend,
  sendByEngine,
  sharedFrameOf,
  tcpOf,
  tellDrained,
} from './engineInternals.js'
import type { WebSocketTransport } from './engineInternals.js'
import { currentTurn } from './eventLoopTurn.js'
import { flowOf } from './flow.js'
import type { Flow } from './flow.js'
import { directFrames, works } from './privateFeatures.js'
import { encodeFrame, headerOf } from './textFrame.js'
import type { Packet, TransportWatcher } from './transportEvents.js'

type Conn = Connection['conn']

/** The turn of the last write to a transport. */
const LAST_TURN = Symbol('lastTurn')

/** The flow of a transport's connection. */
const FLOW = Symbol('flow')

/** A transport whose frames are written directly. */
interface DirectTransport extends WebSocketTransport {
  [LAST_TURN]: number
  [FLOW]: Flow
}

type TextPacket = Packet & { readonly data: string }

/** Engine.IO's type of a packet that contains a Socket.IO packet. */
const MESSAGE = '4'
const NOTHING = Buffer.alloc(0)

/**
 * Replaces how Engine.IO sends over WebSocket: each frame is one chunk, the frames of a batch leave
 * in one write, and without backpressure the transport stays writable. In contrast, `ws` writes the
 * header and the text of a frame separately, and Engine.IO waits for the next tick each time.
 * Packets that are not text still go through Engine.IO and `ws`. Frames are never compressed.
 */
export function sendWholeFrames(watch: (watcher: TransportWatcher) => void): void {
  watch({
    opened(conn) {
      takeOver.call(conn)
      if (conn.transport.name !== 'websocket') conn.on('upgrade', takeOver)
    },
  })
}

/** The frame of an event, for `writeAhead()` to many connections. */
export function eventFrame(name: string, payload: unknown): Buffer {
  return encodeFrame(MESSAGE + String(PacketType.EVENT) + JSON.stringify([name, payload]))
}

/** Writes frames directly if nothing is queued before them. Returns whether it did. */
export function writeAhead(conn: Conn, frame: Buffer): boolean {
  const { readyState, transport } = conn
  if (readyState !== 'open' || !isWritable(conn) || !isOurs(transport)) return false
  const tcp = openTcpOf(transport)
  if (!tcp) return false
  transport[FLOW].write(tcp, frame)
  rest(transport, tcp)
  return true
}

function takeOver(this: Conn): void {
  const tcp = tcpOf(this)
  const flow = flowOf(this)
  if (!tcp || !flow || !works(directFrames, this)) return
  // With TLS, the kernel never takes a write synchronously.
  const isEncrypted = 'encrypted' in tcp
  replaceSend(this.transport, isEncrypted ? sendIndirectly : send)
  Object.assign(this.transport, { [FLOW]: flow }, !isEncrypted && { [LAST_TURN]: -1 })
}

function isOurs(transport: object): transport is DirectTransport {
  return LAST_TURN in transport
}

function send(this: DirectTransport, packets: readonly Packet[]): void {
  const tcp = openTcpOf(this)
  const isOne = packets.length === 1
  if (!tcp || !packets.every(isText)) {
    sendIndirectly.call(this, packets)
    return
  }
  if (!isOne) tcp.cork()
  for (const packet of packets) write(tcp, packet, this[FLOW])
  if (!isOne) tcp.uncork()
  tellDrained(this)
  rest(this, tcp)
}

function sendIndirectly(this: DirectTransport, packets: readonly Packet[]): void {
  const tcp = openTcpOf(this)
  const isOne = packets.length === 1
  if (!isOne) tcp?.cork()
  const bytes = packets.reduce((sum, { data = '' }) => sum + Buffer.byteLength(data), 0)
  if (tcp) this[FLOW].writing(tcp, bytes)
  sendByEngine(this, packets)
  if (tcp) this[FLOW].wrote(tcp)
  if (!isOne) tcp?.uncork()
}

/**
 * Decides after a write when the transport becomes writable again: at once for the first write of a
 * turn, at the next tick for later ones, so that packets sent in a loop leave together, and with
 * backpressure once the kernel has taken everything.
 */
function rest(transport: DirectTransport, tcp: TcpSocket): void {
  if (tcp.writableLength > 0) {
    markBusy(transport)
    tcp.write(NOTHING, (error) => {
      if (!error) markFree(transport) // after an error, the close event of the socket follows
    })
    return
  }
  const turn = currentTurn()
  if (transport[LAST_TURN] === turn) {
    markBusy(transport)
    process.nextTick(markFree, transport)
  }
  transport[LAST_TURN] = turn
}

function isText(packet: Packet): packet is TextPacket {
  const { type, data } = packet
  return type === 'message' && typeof data === 'string'
}

/** Writes a frame; all receivers of a broadcast share one. */
function write(tcp: TcpSocket, packet: TextPacket, flow: Flow): void {
  const shared = sharedFrameOf(packet)
  if (shared) {
    flow.write(tcp, joined(shared))
    return
  }
  const text = MESSAGE + packet.data
  const length = Buffer.byteLength(text)
  if (length !== text.length) {
    flow.write(tcp, encodeFrame(text, length))
    return
  }
  // ASCII text needs no buffer.
  flow.writing(tcp, length)
  tcp.write(headerOf(length) + text, 'latin1')
  flow.wrote(tcp)
}

function joined(parts: Buffer[]): Buffer {
  const [first, second] = parts
  if (first && !second) return first
  const whole = Buffer.concat(parts)
  parts.splice(0, parts.length, whole)
  return whole
}
