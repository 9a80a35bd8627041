import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from '../socketio/connection.js'
import { kernelQueueOf, tcpOf } from '../socketio/engineInternals.js'
import type { Flow } from '../socketio/flow.js'

/** A peer that reads so much in a second is never cut, however large one packet is. */
const SLOWEST_BYTES_PER_SECOND = 64 * 1024

/** A packet of so many bytes is no reason for more patience. */
const USUAL_STRIDE = 64 * 1024

type Conn = Connection['conn']

/** What there is to know of a connection at one look. */
export interface Reading {
  readonly conn: Conn
  readonly flow: Flow
  /** Bytes for its peer that this process holds. */
  readonly unsent: number
  /** Answers to polls that are not out yet. */
  readonly answers: ReadonlySet<ServerResponse> | undefined
}

/** How long a peer has made no progress. */
export interface Standstill {
  /** Counted in looks: the time for which this process itself stood still is not the peer's. */
  readonly looks: number
  /** The time that a slow peer needs for the packet that it reads. */
  readonly extraMs: number
}

interface Seen {
  readonly position: number
  looks: number
}

/** Watches how far the peers of connections come, from look to look. */
export class Progress {
  readonly #seen = new Map<Conn, Seen>()

  /** Looks at one more time. */
  look(reading: Reading): Standstill {
    const position = positionOf(reading)
    const seen = this.#seen.get(reading.conn)
    if (seen?.position !== position) {
      this.#seen.set(reading.conn, { position, looks: 0 })
      return { looks: 0, extraMs: 0 }
    }
    return { looks: ++seen.looks, extraMs: extraTimeFor(reading) }
  }

  /** Nothing waits for the peer of a connection any more. */
  forget(conn: Conn): void {
    this.#seen.delete(conn)
  }
}

/**
 * A number that changes when the peer has read. As long as the kernel takes everything at once, what
 * it takes says nothing about the peer.
 */
function positionOf({ conn, flow, unsent, answers }: Reading): number {
  let position = flow.taken
  if (unsent > 0) position += takenByKernel(tcpOf(conn))
  for (const { socket } of answers ?? []) position += takenByKernel(socket)
  return position
}

/** In the middle of a large packet nobody can tell how far a peer has come that was heard of before. */
function extraTimeFor({ conn, flow }: Reading): number {
  const isWebSocket = conn.transport.name === 'websocket'
  if (isWebSocket && !flow.hasAnswered) return 0
  const bytes = isWebSocket ? flow.stride : flow.sent - flow.taken
  return (Math.max(0, bytes - USUAL_STRIDE) / SLOWEST_BYTES_PER_SECOND) * 1_000
}

function takenByKernel(tcp: TcpSocket | null | undefined): number {
  return tcp ? tcp.bytesWritten - tcp.writableLength - (kernelQueueOf(tcp) ?? 0) : 0
}
