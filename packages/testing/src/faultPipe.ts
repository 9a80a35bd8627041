import type { Socket } from 'node:net'
import type { WebConditions, WebFilter } from './faultWeb.js'
import type { SeededRandom } from './seededRandom.js'
import { draw } from './span.js'
import type { Span } from './span.js'

/** The direction of bytes. */
export type Direction = 'toServer' | 'toClient'

/** The conditions for bytes on their way, shared by all connections of a proxy. */
export interface Conditions {
  /** The delay of bytes, in milliseconds. */
  delayMs: Span
  /** How many bytes are passed on at a time; `undefined` for all. */
  sliceBytes: Span | undefined
  /** The directions in which no bytes are passed on. */
  readonly stalled: Set<Direction>
  /** The directions in which new connections are silent. */
  readonly silent: Set<Direction>
  /** How many bytes are passed on per second; `undefined` for no limit. */
  bytesPerSecond: number | undefined
  /** How many bytes of a new connection are passed on before it is cut. */
  readonly cutAfter: Map<Direction, number>
  /** How long nothing may pass a connection before it is cut, in milliseconds; undefined for ever. */
  cutIdleAfterMs: number | undefined
  /** What is wrong with HTTP and WebSocket. */
  readonly web: WebConditions
}

/** How long a throttled pipe pauses after each slice, in milliseconds. */
const THROTTLE_STEP_MS = 50

/** How many bytes one pipe buffers before it stops reading; a socket adds 64 KiB. */
const MAX_HELD_BYTES = 256 * 1024

/** One direction of a connection: passes on bytes in order under the conditions, then the end. */
export class FaultPipe {
  readonly #from: Socket
  readonly #to: Socket
  readonly #direction: Direction
  readonly #conditions: Conditions
  readonly #random: SeededRandom
  readonly #queue: { bytes: Buffer; dueAt: number }[] = []
  #heldBytes = 0
  #lastDueAt = 0
  #hasSourceEnded = false
  #isCut = false
  #isSilent = false
  /** How many bytes are passed on before it is cut. */
  #leftBytes: number
  /** When a throttled pipe continues. */
  #restsUntil = 0
  #timer: NodeJS.Timeout | undefined
  #turn: NodeJS.Immediate | undefined

  constructor(
    from: Socket,
    to: Socket,
    direction: Direction,
    conditions: Conditions,
    random: SeededRandom,
    web: WebFilter,
  ) {
    this.#from = from
    this.#to = to
    this.#direction = direction
    this.#conditions = conditions
    this.#random = random
    this.#leftBytes = conditions.cutAfter.get(direction) ?? Infinity
    if (conditions.silent.has(direction)) this.mute()
    from.on('data', (bytes: Buffer) => {
      if (this.#isCut) return
      const passed = web[direction](bytes)
      if (passed) this.#take(passed)
    })
    from.on('end', () => {
      const held = direction === 'toClient' ? web.release() : undefined
      if (held && !this.#isCut) this.#take(held)
      this.#hasSourceEnded = true
      if (this.#isSilent || web.isSwallowing) from.destroy()
      else this.pump()
    })
    to.on('drain', () => {
      this.pump()
    })
  }

  /** Whether it drops everything without a sign to either side. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Passes on the bytes that are due. Call it when the conditions have changed. */
  pump(): void {
    if (this.#turn) return
    clearTimeout(this.#timer)
    while (!this.#isCut && !this.#to.writableNeedDrain) {
      if (this.#conditions.stalled.has(this.#direction)) return
      const [head] = this.#queue
      if (!head) {
        if (this.#hasSourceEnded) this.#to.end()
        return
      }
      const waitMs = Math.max(head.dueAt, this.#restsUntil) - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.pump()
        }, waitMs)
        return
      }
      this.#pass(head)
      if (this.#conditions.sliceBytes !== undefined) {
        this.#turn = setImmediate(() => {
          this.#turn = undefined
          this.pump()
        })
        return
      }
    }
  }

  /** Drops all buffered and later bytes, and the end. */
  mute(): void {
    this.#isSilent = true
    this.close()
    this.#from.resume()
  }

  /** Passes on this many more bytes, then ends this direction. */
  cutAfter(bytes: number): void {
    this.#leftBytes = bytes
    if (bytes === 0) this.cut()
  }

  /** Ends this direction for its reader; later bytes are dropped. */
  cut(): void {
    this.close()
    this.#to.end()
    this.#from.resume()
  }

  /** Drops all buffered bytes, and passes nothing on any more. */
  close(): void {
    this.#isCut = true
    this.#queue.length = 0
    clearTimeout(this.#timer)
    clearImmediate(this.#turn)
  }

  #take(bytes: Buffer): void {
    if (this.#isCut) return
    const dueAt = performance.now() + draw(this.#conditions.delayMs, this.#random)
    this.#lastDueAt = Math.max(this.#lastDueAt, dueAt) // keeps the order of bytes
    this.#queue.push({ bytes, dueAt: this.#lastDueAt })
    this.#heldBytes += bytes.length
    if (this.#heldBytes >= MAX_HELD_BYTES) this.#from.pause()
    this.pump()
  }

  #pass(head: { bytes: Buffer }): void {
    const { sliceBytes, bytesPerSecond } = this.#conditions
    const most = sliceBytes === undefined ? Infinity : draw(sliceBytes, this.#random)
    const pace = ((bytesPerSecond ?? Infinity) * THROTTLE_STEP_MS) / 1_000
    const slice = head.bytes.subarray(0, Math.min(most, Math.max(1, pace), this.#leftBytes))
    head.bytes = head.bytes.subarray(slice.length)
    if (head.bytes.length === 0) this.#queue.shift()
    this.#heldBytes -= slice.length
    if (this.#heldBytes < MAX_HELD_BYTES) this.#from.resume()
    this.#to.write(slice)
    if (bytesPerSecond !== undefined) {
      const lastRest = Math.max(this.#restsUntil, performance.now() - THROTTLE_STEP_MS)
      this.#restsUntil = lastRest + (slice.length / bytesPerSecond) * 1_000
    }
    this.#leftBytes -= slice.length
    if (this.#leftBytes === 0) this.cut()
  }
}
