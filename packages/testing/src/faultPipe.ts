import type { Socket } from 'node:net'
import type { WebConditions, WebFilter } from './faultWeb.js'
import type { SeededRandom } from './seededRandom.js'
import { draw } from './span.js'
import type { Span } from './span.js'

/** Which way bytes go. */
export type Direction = 'toServer' | 'toClient'

/** What happens to bytes on their way; shared by all connections of a proxy. */
export interface Conditions {
  /** How much later bytes arrive, in milliseconds. */
  delayMs: Span
  /** How many bytes go at a time; all that there are where it is undefined. */
  sliceBytes: Span | undefined
  /** The ways on which no byte goes. */
  readonly stalled: Set<Direction>
  /** The ways on which new connections are silent. */
  readonly silent: Set<Direction>
  /** How many bytes go in a second; as many as there are where it is undefined. */
  bytesPerSecond: number | undefined
  /** How many bytes of a new connection go before it is cut. */
  readonly cutAfter: Map<Direction, number>
  /** How long nothing may pass a connection before it is cut, in milliseconds; undefined for ever. */
  cutIdleAfterMs: number | undefined
  /** What is wrong with HTTP and WebSocket. */
  readonly web: WebConditions
}

/** How long a throttled pipe rests after each slice, in milliseconds. */
const THROTTLE_STEP_MS = 50

/** What one pipe holds at most before it reads no further, in bytes; a socket adds 64 KiB. */
const MAX_HELD_BYTES = 256 * 1024

/** One way of one connection: passes bytes on as the conditions say, in order, and at last the end. */
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
  /** How many bytes go before it is cut. */
  #leftBytes: number
  /** When a throttled pipe goes on. */
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

  /** Whether nothing of it arrives any more, and nobody hears of that. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Passes on what may go by now; to be called when the conditions have changed. */
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

  /** Swallows what it holds and what comes, its end included. */
  mute(): void {
    this.#isSilent = true
    this.close()
    this.#from.resume()
  }

  /** Lets so many more bytes pass, and then ends this way. */
  cutAfter(bytes: number): void {
    this.#leftBytes = bytes
    if (bytes === 0) this.cut()
  }

  /** Ends this way for its reader; what comes after that goes nowhere. */
  cut(): void {
    this.close()
    this.#to.end()
    this.#from.resume()
  }

  /** Forgets what it holds, and passes nothing on any more. */
  close(): void {
    this.#isCut = true
    this.#queue.length = 0
    clearTimeout(this.#timer)
    clearImmediate(this.#turn)
  }

  #take(bytes: Buffer): void {
    if (this.#isCut) return
    const dueAt = performance.now() + draw(this.#conditions.delayMs, this.#random)
    this.#lastDueAt = Math.max(this.#lastDueAt, dueAt) // none overtakes what came before it
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
