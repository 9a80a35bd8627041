import type { ServerResponse } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from '../socketio/connection.js'
import { kernelQueueOf, tcpOf } from '../socketio/engineInternals.js'
import type { Flow } from '../socketio/flow.js'

/** A peer that reads at least this fast is never cut, however large one packet is. */
const SLOWEST_BYTES_PER_SECOND = 64 * 1024

/** Packets up to this many bytes get no extra time. */
const USUAL_STRIDE = 64 * 1024

type Conn = Connection['conn']

/** The state of a connection at one inspection. */
export interface Reading {
  readonly conn: Conn
  readonly flow: Flow
  /** Bytes queued in this process for the peer. */
  readonly unsent: number
  /** Answers to polls that are not sent completely. */
  readonly answers: ReadonlySet<ServerResponse> | undefined
}

/** How long a peer has made no progress. */
export interface Standstill {
  /** In inspections and not in time: a peer must not be cut because this process stood still. */
  readonly looks: number
  /** The extra time that a slow peer needs to read its current packet. */
  readonly extraMs: number
}

interface Seen {
  readonly position: number
  looks: number
}

/** Tracks whether peers have read anything between two inspections. */
export class Progress {
  readonly #seen = new Map<Conn, Seen>()

  /** Inspects a connection once more. */
  look(reading: Reading): Standstill {
    const position = positionOf(reading)
    const seen = this.#seen.get(reading.conn)
    if (seen?.position !== position) {
      this.#seen.set(reading.conn, { position, looks: 0 })
      return { looks: 0, extraMs: 0 }
    }
    return { looks: ++seen.looks, extraMs: extraTimeFor(reading) }
  }

  /** Stops tracking a connection for which nothing is queued any more. */
  forget(conn: Conn): void {
    this.#seen.delete(conn)
  }
}

/**
 * A number that changes when the peer has read something. The bytes that the kernel took count only
 * while bytes are queued here: before that, the kernel takes everything, read or not.
 */
function positionOf({ conn, flow, unsent, answers }: Reading): number {
  let position = flow.taken
  if (unsent > 0) position += takenByKernel(tcpOf(conn))
  for (const { socket } of answers ?? []) position += takenByKernel(socket)
  return position
}

/** The extra time for a large packet, within which a peer's progress cannot be observed. */
function extraTimeFor({ conn, flow }: Reading): number {
  const isWebSocket = conn.transport.name === 'websocket'
  if (isWebSocket && !flow.hasAnswered) return 0
  const bytes = isWebSocket ? flow.stride : flow.sent - flow.taken
  return (Math.max(0, bytes - USUAL_STRIDE) / SLOWEST_BYTES_PER_SECOND) * 1_000
}

function takenByKernel(tcp: TcpSocket | null | undefined): number {
  return tcp ? tcp.bytesWritten - tcp.writableLength - (kernelQueueOf(tcp) ?? 0) : 0
}
