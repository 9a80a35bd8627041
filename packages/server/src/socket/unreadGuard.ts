import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { LimitName, Limits } from '../limits.js'
import type { Connection } from './connection.js'
import { cutConnection, resetTcp } from './cutConnection.js'
import { pollOf, tcpOf } from './transport.js'
import type { Packet, Transports } from './watchTransports.js'

/** How many looks at a peer there are until its time is over. */
const LOOKS = 10

/** What the guard needs. */
export interface UnreadGuardOptions {
  transports: Transports
  limits: Limits
  /** Told because of which limit a connection is about to be cut. */
  onRefused(this: void, limit: LimitName): void
}

/** Where a connection keeps its peer: looked up for every batch, which a `Slot` is too slow for. */
const PEER = Symbol('peer')

type Conn = Connection['conn'] & { [PEER]?: Peer | undefined }

/** The other side of a connection, while something may wait for it. */
interface Peer {
  readonly conn: Conn
  /** Bytes of the packets that wait in Engine.IO, for a free transport or for the next poll. */
  waiting: number
  /** Batches of packets that were handed to the transport. */
  batches: number
  /** Answers to polls that are not out yet; made with the first. */
  answers: Set<ServerResponse> | undefined
  /** How far its reading had come at the last look that saw it move, as the first does, and when. */
  position: number
  movedAt: number
}

/** The guard, which has one timer for all. */
export interface UnreadGuard {
  /** A ping came, whose pong is written without Engine.IO, and so without waiting there. */
  ping(this: void, conn: Conn): void
  /** Stops the timer. */
  close(this: void): void
}

/**
 * Cuts connections whose peer does not read: too many bytes wait for it, or those that wait have
 * not become fewer for too long. What a peer sends, such as pongs, does not count.
 *
 * One timer looks at all of them. A packet that goes straight to the kernel costs next to nothing.
 */
export function guardUnread({ transports, limits, onRefused }: UnreadGuardOptions): UnreadGuard {
  const pending = new Set<Peer>()

  function peerOf(conn: Conn): Peer {
    if (conn[PEER]) return conn[PEER]
    const none = { waiting: 0, batches: 0, answers: undefined, position: NaN, movedAt: 0 }
    const peer: Peer = { conn, ...none }
    pending.add(peer)
    return (conn[PEER] = peer)
  }

  function release(peer: Peer): void {
    pending.delete(peer)
    peer.conn[PEER] = undefined
  }

  function wait(conn: Conn, bytes: number): void {
    const peer = peerOf(conn)
    if (unreadOf(peer) > limits.maxUnreadBytes) cut(peer, 'maxUnreadBytes')
    else peer.waiting += bytes
  }
  function onPacketCreate(this: Conn, { data = '', options }: Packet): void {
    if (isFree(this)) return
    const made = options.wsPreEncodedFrame?.at(-1) // of a broadcast, where each would measure anew
    wait(this, made ? made.length : Buffer.byteLength(data))
  }
  transports.watch({
    opened(conn) {
      conn.on('packetCreate', onPacketCreate)
    },
    closed(conn: Conn) {
      const { [PEER]: peer } = conn
      if (!peer) return
      peer.waiting = 0 // it is discarded; answers to polls may still be on their way
      if (!peer.answers?.size) release(peer)
    },
    sending(conn: Conn) {
      const answer = pollOf(conn)
      const peer = answer ? peerOf(conn) : conn[PEER]
      if (!peer) return
      peer.waiting = 0
      peer.batches++
      if (!answer) return
      const answers = (peer.answers ??= new Set())
      answers.add(answer)
      answer.once('close', () => answers.delete(answer))
    },
  })

  function look(): void {
    const now = performance.now()
    // A packet that was made when nothing waited may be the only one, and be stuck all the same.
    for (const conn of transports.open) if (!conn.transport.writable) peerOf(conn)
    for (const peer of pending) {
      const position = positionOf(peer)
      if (isServed(peer)) release(peer)
      else if (position !== peer.position) Object.assign(peer, { position, movedAt: now })
      else if (now - peer.movedAt >= limits.unreadTimeoutMs) cut(peer, 'unreadTimeoutMs')
    }
  }

  function cut(peer: Peer, limit: LimitName): void {
    release(peer)
    onRefused(limit)
    const tcps = [...(peer.answers ?? [])].map(({ socket }) => socket)
    cutConnection(peer.conn)
    for (const tcp of tcps) if (tcp) resetTcp(tcp)
  }

  const timer = setInterval(look, limits.unreadTimeoutMs / LOOKS)
  timer.unref()
  return {
    ping: (conn) => {
      wait(conn, 0)
    },
    close: () => {
      clearInterval(timer)
    },
  }
}

/** Whether the kernel has taken all that was sent, so that it gets the next packet at once. */
function isFree({ transport }: Conn): boolean {
  return transport.writable && transport.name === 'websocket'
}

/** What the peer has not taken yet, as far as this process holds it. */
function unreadOf({ conn, waiting, answers }: Peer): number {
  const tcp = tcpOf(conn)
  let unread = waiting + (tcp?.destroyed === false ? tcp.writableLength : 0)
  if (answers) for (const answer of answers) unread += answer.writableLength
  return unread
}

/** Whether it has taken everything; an answer that is still being compressed has no bytes yet. */
function isServed(peer: Peer): boolean {
  return unreadOf(peer) === 0 && !peer.answers?.size
}

/** A number that changes whenever bytes have left this process, and never otherwise. */
function positionOf({ conn, batches, answers }: Peer): number {
  let position = batches + sentOver(tcpOf(conn))
  if (answers) for (const { socket } of answers) position += sentOver(socket)
  return position
}

function sentOver(tcp: TcpSocket | null | undefined): number {
  return tcp ? tcp.bytesWritten - tcp.writableLength - queueOf(tcp) : 0
}

/** What is left of the one chunk that the kernel is taking; Node's own idle timeout looks here. */
function queueOf(tcp: TcpSocket): number {
  const { _handle: handle } = tcp as { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize ?? 0
}
