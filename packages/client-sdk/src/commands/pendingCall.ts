import type { AnyContract, Json } from '@yektayar/protocol'
import type { Socket } from 'socket.io-client'
import { forgetAnswer, nextPacketId } from '../connection/engineInternals.js'
import type { CallOptions } from '../shared/options.js'
import { now } from '../shared/platform.js'
import type { TimeoutEntry } from '../shared/timeoutLists.js'
import { elapsedMs } from '../shared/trace.js'
import { YektaYarError } from '../shared/yektaYarError.js'

/** Options of a command. */
export interface SendCommandOptions extends CallOptions {
  timeoutMs: number
  /** Checks the input before it is sent and the output on arrival. */
  contract?: AnyContract | undefined
  /** Whether to measure the round trip. */
  isTimed?: boolean
}

/** A command on its way, as its caller sees it. */
export interface SentCommand {
  /** The result. Its rejection counts as handled, whether or not anybody waits for it. */
  readonly answer: Promise<unknown>
  /** Milliseconds between sending and answer, without the wait for a connection, if it is timed. */
  readonly roundTripMs: number
  /** Under which the server's log knows it; `undefined` for one that was not sent. */
  readonly requestId: string | undefined
}

/** Why there is no answer. */
export type EndCode = 'timeout' | 'aborted' | 'connection_lost' | 'not_connected'

/** What happened to one call. */
export class PendingCall implements SentCommand, TimeoutEntry<PendingCall> {
  answer!: Promise<unknown>
  /** Resolves with the answer, or with this call if there is none: then `toError()` says why. */
  readonly outcome: Promise<unknown>
  resolve!: (outcome: unknown) => void
  reject!: (error: unknown) => void
  readonly number: number
  readonly name: string
  readonly isTimed: boolean
  input: Json | undefined
  bytes = 0
  list: TimeoutEntry<PendingCall>['list']
  previous: PendingCall | undefined
  next: PendingCall | undefined
  addedAt = 0
  /** When it was sent, by `now()`, if it is timed. */
  sentAt = 0
  roundTripMs = 0
  /** The socket that it was handed to, with the id of the connection and the number of its packet. */
  socket: Socket | undefined
  socketId: string | undefined
  packetId = 0
  /** Whether it has left this machine, as far as Socket.IO tells. */
  isSent = false
  /** Whether its answer is a rejection. */
  hasFailed = false
  /** Why there is no answer. */
  code: EndCode | undefined
  cause: YektaYarError | undefined

  constructor(number: number, name: string, isTimed: boolean) {
    this.number = number
    this.name = name
    this.isTimed = isTimed
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  get requestId(): string | undefined {
    return this.socket && `${String(this.socketId)}.${this.packetId}`
  }

  /** Hands it to Socket.IO. */
  emit(socket: Socket, onAnswer: (answer: unknown) => void): void {
    const { name, input } = this
    this.socket = socket
    this.socketId = socket.id
    this.packetId = nextPacketId(socket) // which the server counts too
    if (this.isTimed) this.sentAt = now()
    const buffered = socket.sendBuffer.length
    if (input === undefined) socket.emit(name, onAnswer)
    else socket.emit(name, input, onAnswer)
    this.isSent = socket.sendBuffer.length === buffered
    // After a sleep, Socket.IO may notice only now that its heartbeat is overdue. It then buffers
    // the packet for the next connection and disconnects. The call fails, so it must not be sent.
    if (!this.isSent) socket.sendBuffer.pop()
  }

  /** Takes the answer of the server. */
  succeed(answer: unknown): void {
    if (this.sentAt) this.roundTripMs = elapsedMs(this.sentAt)
    this.resolve(answer)
  }

  /** Ends it without an answer, for which Socket.IO would wait until the connection ends. */
  fail(code: EndCode, cause?: YektaYarError): void {
    this.code = code
    this.cause = cause
    if (this.socket) forgetAnswer(this.socket, this.packetId)
    this.resolve(this)
  }

  toError(): YektaYarError {
    const { name, isSent, code = 'aborted', cause } = this
    const hint = code === 'not_connected' ? 'Call connect() first' : undefined
    return new YektaYarError(
      code,
      `${name}: ${isSent ? 'sent, but not answered' : 'not sent'} (${code})`,
      { hint: isSent ? 'It may have run' : hint, mayHaveRun: isSent, cause },
    )
  }
}
