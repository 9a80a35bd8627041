import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { LimitName, Limits } from '../limits.js'
import type { Connection, RealtimeServer } from './connection.js'
import { cutConnection, resetTcp } from './cutConnection.js'
import { pollOf, tcpOf } from './transport.js'
import type { Packet, TransportWatcher } from './watchTransports.js'

/** How many looks at a peer there are until its time is over. */
const LOOKS = 10

/** What the guard needs. */
export interface UnreadGuardOptions {
  watch: (watcher: TransportWatcher) => void
  limits: Limits
  /** Told because of which limit a connection is about to be cut. */
  onRefused(this: void, limit: LimitName): void
}

/** Where a connection keeps its peer: looked up for every packet, which a `Slot` is too slow for. */
const PEER = Symbol('peer')

type Conn = Connection['conn'] & { [PEER]?: Peer | undefined }

interface Peer {
  readonly conn: Conn
  /** Bytes of the packets that wait in Engine.IO, for a free transport or for the next poll. */
  waiting: number
  /** Batches of packets that were handed to the transport. */
  batches: number
  /** Answers to polls that are not out yet. */
  answers: Set<ServerResponse> | undefined
  /** Whether something may wait for it. */
  isPending: boolean
  /** How far its reading had come at the last look that saw it move, and when that was. */
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
 * Only peers for which something may wait are looked at, all of them by one timer.
 */
export function guardUnread(
  io: RealtimeServer,
  { watch, limits, onRefused }: UnreadGuardOptions,
): UnreadGuard {
  const pending = new Set<Peer>()

  function add(conn: Conn, bytes: number): void {
    const peer = peerOf(conn)
    if (unreadOf(peer) > limits.maxUnreadBytes) {
      cut(peer, 'maxUnreadBytes')
      return
    }
    peer.waiting += bytes
    if (peer.isPending) return
    peer.isPending = true
    peer.position = positionOf(peer)
    peer.movedAt = performance.now()
    pending.add(peer)
  }
  function onPacketCreate(this: Conn, { data = '', options }: Packet): void {
    const made = options.wsPreEncodedFrame?.at(-1) // of a broadcast, where each would measure anew
    add(this, made ? made.length : Buffer.byteLength(data))
  }
  watch({
    opened(conn) {
      conn.on('packetCreate', onPacketCreate)
    },
    closed(conn) {
      peerOf(conn).waiting = 0 // what waited is discarded; answers to polls may still be on their way
    },
    sending(conn) {
      const peer = peerOf(conn)
      peer.waiting = 0
      peer.batches++
      const answer = pollOf(conn)
      if (!answer) return
      const answers = (peer.answers ??= new Set())
      answers.add(answer)
      answer.once('close', () => answers.delete(answer))
    },
  })

  function release(peer: Peer): void {
    peer.isPending = false
    pending.delete(peer)
  }

  function look(): void {
    const now = performance.now()
    for (const peer of pending) {
      const position = positionOf(peer)
      if (unreadOf(peer) === 0) release(peer)
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
      add(conn, 0)
    },
    close: () => {
      clearInterval(timer)
    },
  }
}

function peerOf(conn: Conn): Peer {
  return (conn[PEER] ??= {
    conn,
    waiting: 0,
    batches: 0,
    answers: undefined,
    isPending: false,
    position: 0,
    movedAt: 0,
  })
}

/** What the peer has not taken yet, as far as this process holds it. */
function unreadOf({ conn, waiting, answers }: Peer): number {
  const tcp = tcpOf(conn)
  let unread = waiting + (tcp?.destroyed === false ? tcp.writableLength : 0)
  if (answers) for (const answer of answers) unread += answer.writableLength
  return unread
}

/** A number that changes whenever bytes have left this process, and never otherwise. */
function positionOf({ conn, batches, answers }: Peer): number {
  let position = batches
  for (const tcp of [tcpOf(conn), ...[...(answers ?? [])].map(({ socket }) => socket)]) {
    if (tcp) position += tcp.bytesWritten - tcp.writableLength - queueOf(tcp)
  }
  return position
}

/** What is left of the one chunk that the kernel is taking; Node's own idle timeout looks here. */
function queueOf(tcp: TcpSocket): number {
  const { _handle: handle } = tcp as { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize ?? 0
}
