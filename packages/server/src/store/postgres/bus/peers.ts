import type { Hint } from './hint.js'

/** How long another process is known after its last ping; each sends one each second. */
const PEER_MS = 10_000

/** After this time without a ping, one may have died before it told what it has written. */
const SILENT_MS = 2_500

/** How many are remembered. */
const MAX_PEERS = 1_000

/** The other processes on a database, known by the hints that they send. */
export class Peers {
  readonly #startedAt = performance.now()
  /** When each was last heard, the latest at the end. */
  readonly #heardAt = new Map<string, number>()
  /** Those that do not hear Redis. */
  readonly #deafToRedis = new Set<string>()

  /** Takes a hint of another process. Returns whether that process was unknown. */
  heard({ node, isLast, hearsRedis }: Pick<Hint, 'node' | 'isLast' | 'hearsRedis'>): boolean {
    const isKnown = this.#heardAt.delete(node)
    if (isLast === true) {
      this.#deafToRedis.delete(node)
      return false
    }
    this.#heardAt.set(node, performance.now())
    if (hearsRedis === true) this.#deafToRedis.delete(node)
    else if (hearsRedis === false || !isKnown) this.#deafToRedis.add(node)
    const [oldest] = this.#heardAt.keys()
    if (this.#heardAt.size > MAX_PEERS && oldest !== undefined) this.#forget(oldest)
    return !isKnown
  }

  /** Whether Redis alone reaches all of them. */
  allHearRedis(): boolean {
    this.count()
    return this.#deafToRedis.size === 0
  }

  /** Whether one was not heard for a while, and may be gone. */
  isOneSilent(): boolean {
    if (this.count() === 0) return false
    const [oldestAt = Infinity] = this.#heardAt.values()
    return performance.now() - oldestAt > SILENT_MS
  }

  /** How many there are. */
  count(): number {
    const since = performance.now() - PEER_MS
    for (const [node, at] of this.#heardAt) {
      if (at > since) break
      this.#forget(node)
    }
    return this.#heardAt.size
  }

  /** Whether there may be one, of which this process has perhaps not heard yet. */
  mayExist(): boolean {
    return performance.now() - this.#startedAt < PEER_MS || this.count() > 0
  }

  #forget(node: string): void {
    this.#heardAt.delete(node)
    this.#deafToRedis.delete(node)
  }
}
