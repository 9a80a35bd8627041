import type { Socket } from 'node:net'
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
}

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
  #timer: NodeJS.Timeout | undefined
  #turn: NodeJS.Immediate | undefined

  constructor(
    from: Socket,
    to: Socket,
    direction: Direction,
    conditions: Conditions,
    random: SeededRandom,
  ) {
    this.#from = from
    this.#to = to
    this.#direction = direction
    this.#conditions = conditions
    this.#random = random
    from.on('data', (bytes: Buffer) => {
      this.#take(bytes)
    })
    from.on('end', () => {
      this.#hasSourceEnded = true
      this.pump()
    })
    to.on('drain', () => {
      this.pump()
    })
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
      const waitMs = head.dueAt - performance.now()
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
    const { sliceBytes } = this.#conditions
    const most = sliceBytes === undefined ? Infinity : draw(sliceBytes, this.#random)
    const slice = head.bytes.subarray(0, most)
    head.bytes = head.bytes.subarray(slice.length)
    if (head.bytes.length === 0) this.#queue.shift()
    this.#heldBytes -= slice.length
    if (this.#heldBytes < MAX_HELD_BYTES) this.#from.resume()
    this.#to.write(slice)
  }
}
