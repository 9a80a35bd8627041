import type { NodeLease } from '../store/store.js'

/** A lease as it was seen last. */
interface SeenLease {
  readonly seenAt: number
  /** Since when it has not been renewed, by the monotonic clock of this process. */
  readonly since: number
}

/**
 * Decides which nodes are gone: those that have not renewed their lease for too long by this process's
 * own clock. So a system clock that is set forward takes no lease from anybody.
 */
export class NodeLeases {
  readonly #timeoutMs: number
  #seen = new Map<string, SeenLease>()

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** The nodes that are gone, of all nodes in the store. */
  expired(nodes: readonly NodeLease[], now = performance.now()): NodeLease[] {
    const before = this.#seen
    this.#seen = new Map(
      nodes.map(({ id, seenAt }) => {
        const lease = before.get(id)
        return [id, lease?.seenAt === seenAt ? lease : { seenAt, since: now }]
      }),
    )
    return nodes.filter(({ id }) => now - (this.#seen.get(id)?.since ?? now) >= this.#timeoutMs)
  }

  /** Begins to watch anew, since this process has not watched for a while. */
  clear(): void {
    this.#seen.clear()
  }
}
