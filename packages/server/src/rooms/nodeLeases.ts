import type { NodeLease } from '../store/presenceStore.js'

/** The last observed state of a lease. */
interface SeenLease {
  readonly seenAt: number
  /** When this value was first observed, by the monotonic clock of this process. */
  readonly since: number
}

/**
 * Decides which nodes are gone: those that have not renewed their lease for too long,
 * and those that have closed, after the time in which their members come to others. The time is
 * measured by this process's monotonic clock, so a jump of the system clock ends no lease.
 */
export class NodeLeases {
  readonly #timeoutMs: number
  #seen = new Map<string, SeenLease>()

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Returns the nodes that are gone. @param nodes all nodes in the store */
  expired(nodes: readonly NodeLease[], now = performance.now()): NodeLease[] {
    const before = this.#seen
    this.#seen = new Map(
      nodes.map(({ id, seenAt }) => {
        const lease = before.get(id)
        return [id, lease?.seenAt === seenAt ? lease : { seenAt, since: now }]
      }),
    )
    return nodes.filter(({ id, keptMs }) => {
      const since = this.#seen.get(id)?.since ?? now
      return now - since >= (keptMs ?? this.#timeoutMs)
    })
  }

  /** Restarts all timeouts, since this process did not observe the leases for a while. */
  clear(): void {
    this.#seen.clear()
  }
}
