import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'
import { isWritable, tcpOf } from './engineInternals.js'

/** The bytes between two marks. The first one comes early, to learn whether the peer answers. */
const MARK_BYTES = 32 * 1024
const FIRST_MARK_BYTES = 4 * 1024

/** How many marks may be unanswered, after and before the first answer; no more are added then. */
const MAX_MARKS = 512
const MAX_FIRST_MARKS = 16

/** The first byte of a WebSocket ping (RFC 6455, 5.5.2), and the length of its payload. */
const PING = 0x89
const NONCE_BYTES = 4

/** The bounds that all connections of a server share. */
export interface FlowBounds {
  /** A connection with a larger backlog, in bytes, is a slow consumer. */
  readonly slowBytes: number
  /** The largest backlog that a burst may cause. */
  readonly burstBytes: number
  /** How often connections were inspected: the clock for the age of marks. */
  looks: number
}

/** A ping between two frames. The answer shows that the peer has read everything before it. */
interface Mark {
  readonly nonce: number
  /** How many bytes were sent before it. */
  readonly at: number
  readonly look: number
}

type Conn = Connection['conn']

const FLOW = Symbol('flow')

/** The flow of a connection; `undefined` unless `startFlow()` was called. */
export function flowOf(conn: Conn): Flow | undefined {
  return (conn as { [FLOW]?: Flow })[FLOW]
}

/** Starts the flow of a connection. */
export function startFlow(conn: Conn, bounds: FlowBounds): Flow {
  const flow = new Flow(conn, bounds)
  ;(conn as { [FLOW]?: Flow })[FLOW] = flow
  return flow
}

/**
 * How much a connection was sent, and how much its peer has read. Kernel buffers hold megabytes and
 * would hide a slow consumer. So a WebSocket gets a ping every 32 kB, and the answer shows how far
 * the peer has read. Over polling, the next poll shows it.
 */
export class Flow {
  /** Bytes that were passed to the transport. */
  sent = 0
  /** How many of these the peer has read, as far as that is known. */
  taken = 0
  /** Bytes that wait in Engine.IO for a writable transport or the next poll. */
  waiting = 0
  /** The turn in which too many bytes were queued in Engine.IO; -1 for none. */
  piledIn = -1
  /** Whether its backlog is too old. Until it has caught up, it is not sent what it can fetch. */
  isSlow = false
  /** Whether events were held back, to be sent once it has caught up. */
  isHeld = false
  /** Whether its peer has answered a mark. */
  hasAnswered = false
  /** Whether its peer does not answer pings: then only the bytes queued here are known. */
  isMute = false
  /** Whether the peer's reading cannot be observed; a batch then counts as read with the next. */
  isBlind = false
  /** When the last answer to a poll was sent, in inspections. */
  answeredPollAt = 0
  readonly #conn: Conn
  readonly #bounds: FlowBounds
  #marks: Mark[] | undefined
  #markedAt = 0
  #nextMark = FIRST_MARK_BYTES
  #onDrained: (() => void)[] | undefined

  constructor(conn: Conn, bounds: FlowBounds) {
    this.#conn = conn
    this.#bounds = bounds
  }

  /** Bytes that the peer has not read yet. */
  get backlog(): number {
    if (this.isMute || this.isBlind) return this.unsent
    return this.waiting + this.sent - this.taken
  }

  /** Bytes of the backlog that are queued in this process, without answers to polls. */
  get unsent(): number {
    const tcp = tcpOf(this.#conn)
    return this.waiting + (tcp?.destroyed === false ? tcp.writableLength : 0)
  }

  /** Whether the peer has little left to read. */
  get isDrained(): boolean {
    return this.backlog <= this.#bounds.slowBytes
  }

  /** Whether no inspection is needed: no backpressure, and the peer has read most. */
  get isIdle(): boolean {
    if (!isWritable(this.#conn) || this.#conn.transport.name !== 'websocket') return false
    return !this.isHeld && this.waiting === 0 && this.sent - this.taken <= this.#bounds.slowBytes
  }

  /** For how many inspections the oldest mark, or the last answer to a poll, is unanswered. */
  get age(): number {
    const { looks } = this.#bounds
    if (this.#conn.transport.name !== 'websocket') return looks - this.answeredPollAt
    const [oldest] = this.#marks ?? []
    return oldest ? looks - oldest.look : 0
  }

  /** The bytes that the peer has to read before it can answer the next mark. */
  get stride(): number {
    const [next] = this.#marks ?? []
    return next ? next.at - this.taken : 0
  }

  /**
   * Whether more may be sent of what the peer could also fetch later.
   *
   * @param ahead bytes that are about to be sent before
   */
  hasRoomFor(ahead: number, bytes: number): boolean {
    if (this.isHeld) return false
    const backlog = this.backlog + ahead
    if (backlog <= this.#bounds.slowBytes) return true
    return !this.isSlow && backlog + bytes <= this.#bounds.burstBytes
  }

  /** Writes a frame to the TCP socket; with a mark, if one is due, in the same write. */
  write(tcp: TcpSocket, frame: Buffer): void {
    if (this.sent + frame.length < this.#nextMark) {
      this.sent += frame.length
      tcp.write(frame)
      return
    }
    tcp.cork()
    this.writing(tcp, frame.length)
    tcp.write(frame)
    this.wrote(tcp)
    tcp.uncork()
  }

  /** Call before bytes are written: adds a mark in front of a large frame. */
  writing(tcp: TcpSocket, bytes: number): void {
    if (bytes > MARK_BYTES && this.sent > this.#markedAt) this.#mark(tcp) // the next one is far away
    this.sent += bytes
  }

  /** Call after bytes were written: adds a mark if one is due. */
  wrote(tcp: TcpSocket): void {
    if (this.sent >= this.#nextMark) this.#mark(tcp)
  }

  /** Takes the pong of the peer. Returns whether it answers a mark. */
  answered(payload: Buffer): boolean {
    if (payload.length !== NONCE_BYTES || !this.#marks) return false
    const nonce = payload.readUInt32BE()
    const index = this.#marks.findIndex((mark) => mark.nonce === nonce)
    const mark = this.#marks[index]
    if (!mark) return false
    this.#marks.splice(0, index + 1)
    this.hasAnswered = true
    this.isMute = false
    const tcp = tcpOf(this.#conn)
    if (tcp?.writable && this.sent >= this.#nextMark) this.#mark(tcp) // one was skipped
    this.took(mark.at)
    return true
  }

  /** Records how many of the sent bytes the peer has read. @default all */
  took(bytes = this.sent): void {
    this.taken = Math.max(this.taken, bytes)
    this.settle()
  }

  /** Continues over an upgraded transport; a peer upgrades after it has read everything. */
  restart(): void {
    this.#marks = undefined
    this.#nextMark = this.sent + FIRST_MARK_BYTES
    this.took()
  }

  /** Calls back once the peer has read most of its backlog; never after the connection has closed. */
  whenDrained(callBack: () => void): void {
    this.#onDrained ??= []
    this.#onDrained.push(callBack)
  }

  /** Runs the callbacks if the peer has caught up. */
  settle(): void {
    if (!this.isDrained) return
    this.isSlow = false
    const callBacks = this.#onDrained
    this.#onDrained = undefined
    for (const callBack of callBacks ?? []) callBack()
  }

  #mark(tcp: TcpSocket): void {
    const marks = (this.#marks ??= [])
    if (marks.length >= (this.hasAnswered ? MAX_MARKS : MAX_FIRST_MARKS)) return
    this.#markedAt = this.sent
    this.#nextMark = this.sent + MARK_BYTES
    const nonce = Math.floor(Math.random() * 2 ** 32) // only a peer that has read it can answer it
    const frame = Buffer.from([PING, NONCE_BYTES, 0, 0, 0, 0])
    frame.writeUInt32BE(nonce, 2)
    tcp.write(frame)
    marks.push({ nonce, at: this.sent, look: this.#bounds.looks })
  }
}
