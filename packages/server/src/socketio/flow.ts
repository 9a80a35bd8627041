import type { Socket as TcpSocket } from 'node:net'
import type { Connection } from './connection.js'
import { isWritable, tcpOf } from './engineInternals.js'

/** The distance of two marks in what is sent. The first one comes early, to learn whether the peer answers. */
const MARK_BYTES = 32 * 1024
const FIRST_MARK_BYTES = 4 * 1024

/** Marks of one connection that are not answered, once one was and before; beyond it none are added. */
const MAX_MARKS = 512
const MAX_FIRST_MARKS = 16

/** First byte of a ping of WebSocket (RFC 6455, 5.5.2), and the bytes of its payload. */
const PING = 0x89
const NONCE_BYTES = 4

/** What all connections of a server share. */
export interface FlowBounds {
  /** A backlog of more bytes makes a slow consumer. */
  readonly slowBytes: number
  /** The backlog that a burst may bring about at once. */
  readonly burstBytes: number
  /** How many looks at the connections there have been: a clock for the age of marks. */
  looks: number
}

/** A ping between two frames. Its answer says that the peer has read everything before it. */
interface Mark {
  readonly nonce: number
  /** How many bytes were sent before it. */
  readonly at: number
  readonly look: number
}

type Conn = Connection['conn']

const FLOW = Symbol('flow')

/** The flow of a connection; only a server that listens keeps one. */
export function flowOf(conn: Conn): Flow | undefined {
  return (conn as { [FLOW]?: Flow })[FLOW]
}

/** Begins to keep account of what a connection is sent. */
export function startFlow(conn: Conn, bounds: FlowBounds): Flow {
  const flow = new Flow(conn, bounds)
  ;(conn as { [FLOW]?: Flow })[FLOW] = flow
  return flow
}

/**
 * What a connection was sent, and how much of it its peer has read. The buffers of the kernel hold
 * megabytes, and would hide a slow reader: so a WebSocket is pinged every 32 kB, and the answer says
 * how far the peer has come. Over polling, the next poll says so.
 */
export class Flow {
  /** Bytes that were handed to the transport. */
  sent = 0
  /** How many of these the peer has read, as far as that is known. */
  taken = 0
  /** Bytes that wait in Engine.IO, for a free transport or for the next poll. */
  waiting = 0
  /** The turn in which more had piled up in Engine.IO than may; -1 for none. */
  piledIn = -1
  /** Whether its backlog was found too old: until it has read, it is not sent what it can fetch. */
  isSlow = false
  /** Whether it was not sent something that it will be sent once it has read. */
  isHeld = false
  /** Whether its peer has answered a mark. */
  hasAnswered = false
  /** Whether its peer seems not to answer pings: then only what this process holds is known. */
  isMute = false
  /** Whether there is no telling what the peer has read; a batch counts as read with the next. */
  isBlind = false
  /** When the last answer to a poll was sent, in looks. */
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

  /** Bytes of the backlog that this process holds, answers to polls left aside. */
  get unsent(): number {
    const tcp = tcpOf(this.#conn)
    return this.waiting + (tcp?.destroyed === false ? tcp.writableLength : 0)
  }

  /** Whether the peer has little left to read. */
  get isDrained(): boolean {
    return this.backlog <= this.#bounds.slowBytes
  }

  /** Whether there is nothing to look at: the kernel has taken all, and the peer has read most. */
  get isIdle(): boolean {
    if (!isWritable(this.#conn) || this.#conn.transport.name !== 'websocket') return false
    return !this.isHeld && this.waiting === 0 && this.sent - this.taken <= this.#bounds.slowBytes
  }

  /** For how many looks the oldest mark, or the last answer to a poll, has waited for the peer. */
  get age(): number {
    const { looks } = this.#bounds
    if (this.#conn.transport.name !== 'websocket') return looks - this.answeredPollAt
    const [oldest] = this.#marks ?? []
    return oldest ? looks - oldest.look : 0
  }

  /** The bytes from what was read last to the next mark: no sooner can an answer come. */
  get stride(): number {
    const [next] = this.#marks ?? []
    return next ? next.at - this.taken : 0
  }

  /**
   * Whether more may be sent of what the peer could fetch instead.
   *
   * @param ahead bytes that are about to be sent before it
   */
  hasRoomFor(ahead: number, bytes: number): boolean {
    if (this.isHeld) return false
    const backlog = this.backlog + ahead
    if (backlog <= this.#bounds.slowBytes) return true
    return !this.isSlow && backlog + bytes <= this.#bounds.burstBytes
  }

  /** Writes to the TCP socket of the WebSocket, with a mark where one is due, in one write. */
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

  /** So many bytes are about to be written. */
  writing(tcp: TcpSocket, bytes: number): void {
    if (bytes > MARK_BYTES && this.sent > this.#markedAt) this.#mark(tcp) // else it is far to the next one
    this.sent += bytes
  }

  /** They were written. */
  wrote(tcp: TcpSocket): void {
    if (this.sent >= this.#nextMark) this.#mark(tcp)
  }

  /** The peer has answered a ping; says whether that was a mark. */
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
    if (tcp?.writable && this.sent >= this.#nextMark) this.#mark(tcp) // there was no room for it before
    this.took(mark.at)
    return true
  }

  /** The peer has read so much of what was sent: all of it, unless less is known. */
  took(bytes = this.sent): void {
    this.taken = Math.max(this.taken, bytes)
    this.settle()
  }

  /** The connection goes on over another transport, to which its peer came once it had read everything. */
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

  /** Looks whether the peer has caught up. */
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
    const nonce = Math.floor(Math.random() * 2 ** 32) // only a peer that reads knows it
    const frame = Buffer.from([PING, NONCE_BYTES, 0, 0, 0, 0])
    frame.writeUInt32BE(nonce, 2)
    tcp.write(frame)
    marks.push({ nonce, at: this.sent, look: this.#bounds.looks })
  }
}
