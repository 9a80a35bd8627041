import type { Hint } from './hint.js'

/** How many are remembered: more than arrive while one bus lags behind the other. */
const MAX_SEEN = 20_000

/** The hints with events that were heard, since they may come by both buses, or again. All others may be repeated. */
export class SeenHints {
  readonly #seen = new Set<string>()

  /** Whether a hint was heard before; from now on it was. */
  has({ node, n, events }: Hint): boolean {
    if (events === undefined) return false
    const key = `${node} ${String(n)}`
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    const [oldest] = this.#seen
    if (this.#seen.size > MAX_SEEN && oldest !== undefined) this.#seen.delete(oldest)
    return false
  }
}
