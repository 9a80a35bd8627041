import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { LimitName, Limits } from '../limits.js'
import type { Connection, RealtimeServer } from './connection.js'
import { cutConnection, resetTcp } from './cutConnection.js'
import { onWebSocket, pollOf, tcpOf } from './transport.js'

/** How many looks at a peer there are until its time is over. */
const LOOKS = 10

/** What the guard needs. */
export interface UnreadGuardOptions {
  limits: Limits
  /** Told because of which limit a connection is about to be cut. */
  onRefused(this: void, limit: LimitName): void
}

interface Peer {
  readonly conn: Connection['conn']
  /** Bytes of the packets that wait in Engine.IO, for a free transport or for the next poll. */
  waiting: number
  /** Batches of packets that were handed to the transport. */
  batches: number
  /** Answers to polls that are not out yet. */
  readonly answers: Set<ServerResponse>
  /** How far its reading had come at the last look that saw it move, and when that was. */
  position: number
  movedAt: number
}

/**
 * Cuts connections whose peer does not read: too many bytes wait for it, or those that wait have
 * not become fewer for too long. What a peer sends, such as pongs, does not count.
 *
 * Only peers for which something may wait are looked at, all of them by one timer.
 *
 * @returns the function that stops the timer
 */
export function guardUnread(
  io: RealtimeServer,
  { limits, onRefused }: UnreadGuardOptions,
): () => void {
  const pending = new Set<Peer>()

  io.engine.on('connection', (conn: Connection['conn']) => {
    const answers = new Set<ServerResponse>()
    const peer: Peer = { conn, waiting: 0, batches: 0, answers, position: 0, movedAt: 0 }
    const add = (bytes: number): void => {
      if (unreadOf(peer) > limits.maxUnreadBytes) {
        cut(peer, 'maxUnreadBytes')
        return
      }
      peer.waiting += bytes
      if (pending.has(peer)) return
      peer.position = positionOf(peer)
      peer.movedAt = performance.now()
      pending.add(peer)
    }
    conn.on('packetCreate', ({ data = '' }: { data?: string | Buffer }) => {
      add(Buffer.byteLength(data))
    })
    // Its pong is written without Engine.IO, and so without waiting there.
    onWebSocket(conn, (websocket) => {
      websocket.on('ping', () => {
        add(0)
      })
    })
    conn.on('flush', () => {
      peer.waiting = 0
      peer.batches++
      const answer = pollOf(conn)
      if (!answer) return
      answers.add(answer)
      answer.once('close', () => answers.delete(answer))
    })
    conn.once('close', () => {
      peer.waiting = 0 // what waited is discarded; answers to polls may still be on their way
    })
  })

  function look(): void {
    const now = performance.now()
    for (const peer of pending) {
      const position = positionOf(peer)
      if (unreadOf(peer) === 0) pending.delete(peer)
      else if (position !== peer.position) Object.assign(peer, { position, movedAt: now })
      else if (now - peer.movedAt >= limits.unreadTimeoutMs) cut(peer, 'unreadTimeoutMs')
    }
  }

  function cut(peer: Peer, limit: LimitName): void {
    pending.delete(peer)
    onRefused(limit)
    const tcps = [...peer.answers].map(({ socket }) => socket)
    cutConnection(peer.conn)
    for (const tcp of tcps) if (tcp) resetTcp(tcp)
  }

  const timer = setInterval(look, limits.unreadTimeoutMs / LOOKS)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}

/** What the peer has not taken yet, as far as this process holds it. */
function unreadOf({ conn, waiting, answers }: Peer): number {
  const tcp = tcpOf(conn)
  let unread = waiting + (tcp?.destroyed === false ? tcp.writableLength : 0)
  for (const answer of answers) unread += answer.writableLength
  return unread
}

/** A number that changes whenever bytes have left this process, and never otherwise. */
function positionOf({ conn, batches, answers }: Peer): number {
  let position = batches
  for (const tcp of [tcpOf(conn), ...[...answers].map(({ socket }) => socket)]) {
    if (tcp) position += tcp.bytesWritten - tcp.writableLength - queueOf(tcp)
  }
  return position
}

/** What is left of the one chunk that the kernel is taking; Node's own idle timeout looks here. */
function queueOf(tcp: TcpSocket): number {
  const { _handle: handle } = tcp as { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize ?? 0
}
