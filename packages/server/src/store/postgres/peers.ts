import type { Hint } from './hint.js'

/** How long another process is known after its last ping; each sends one each second. */
const PEER_MS = 10_000

/** How many are remembered. */
const MAX_PEERS = 1_000

/** The other processes on a database, by what was heard of them. */
export class Peers {
  readonly #startedAt = performance.now()
  /** When each was last heard, the latest at the end. */
  readonly #heardAt = new Map<string, number>()

  /** Something was heard of another process. Returns whether it was unknown. */
  heard({ node, isLast }: Pick<Hint, 'node' | 'isLast'>): boolean {
    const isKnown = this.#heardAt.delete(node)
    if (isLast === true) return false
    this.#heardAt.set(node, performance.now())
    const [oldest] = this.#heardAt.keys()
    if (this.#heardAt.size > MAX_PEERS && oldest !== undefined) this.#heardAt.delete(oldest)
    return !isKnown
  }

  /** How many there are. */
  count(): number {
    const since = performance.now() - PEER_MS
    for (const [node, at] of this.#heardAt) {
      if (at > since) break
      this.#heardAt.delete(node)
    }
    return this.#heardAt.size
  }

  /** Whether there may be one, of which this process has perhaps not heard yet. */
  mayExist(): boolean {
    return performance.now() - this.#startedAt < PEER_MS || this.count() > 0
  }
}
