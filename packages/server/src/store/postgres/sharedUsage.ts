import type { LimitName, Limits } from '../../shared/limits.js'
import type { RateLimit } from '../../shared/rateLimit.js'
import { RecentMap } from '../../shared/recentMap.js'
import type { UsageReports } from '../storeBounds.js'
import type { Query } from './query.js'

/** A process reports what it has counted once it is this part of the limit. */
const REPORTED_PART = 1 / 64

/** How many are reported at once. */
const MAX_BATCH = 200

const HOUR_MS = 3_600_000

/** What was counted here and is not reported yet. */
interface Usage {
  readonly key: string
  readonly name: LimitName
  readonly sessionId: string
  readonly limit: RateLimit
  amount: number
}

interface AvailableRow {
  readonly key: string
  readonly available: number
}

/**
 * Lets what each process counts hold over all of them: it is added up in the database now and then, and
 * what is left there bounds the own count. So commits wait for nothing, and sessions that store little
 * cost nothing. Each process may allow a 64th of the limit too much, and what it commits until the answer.
 */
export class SharedUsage implements UsageReports {
  readonly #query: Query
  readonly #limits: Limits
  /** By the limit and the session. */
  readonly #counted = new Map<LimitName, RecentMap<string, Usage>>()
  /** By the key. */
  readonly #due = new Map<string, Usage>()
  #isReporting = false

  constructor(query: Query, limits: Limits) {
    this.#query = query
    this.#limits = limits
  }

  note(name: LimitName, sessionId: string, amount: number, limit: RateLimit): void {
    const max = this.#limits[name]
    if (max === Infinity) return
    let counted = this.#counted.get(name)
    if (!counted) this.#counted.set(name, (counted = new RecentMap(this.#limits.maxCounted)))
    let usage = counted.get(sessionId)
    if (!usage) {
      usage = { key: `${name} ${sessionId}`, name, sessionId, limit, amount: 0 }
      counted.set(sessionId, usage)
    }
    usage.amount += amount
    if (usage.amount < max * REPORTED_PART) return
    const due = this.#due.get(usage.key)
    if (due && due !== usage) {
      due.amount += usage.amount // the session was forgotten here before that one was reported
      usage.amount = 0
    } else if (this.#due.size < this.#limits.maxCounted) this.#due.set(usage.key, usage)
    if (!this.#isReporting) void this.#report()
  }

  async #report(): Promise<void> {
    this.#isReporting = true
    await Promise.resolve() // what a group counts goes together
    try {
      while (this.#due.size > 0) await this.#reportSome([...this.#due.values()].slice(0, MAX_BATCH))
    } catch {
      // What is due is reported with the next.
    } finally {
      this.#isReporting = false
    }
  }

  async #reportSome(some: readonly Usage[]): Promise<void> {
    const amounts = some.map(({ amount }) => amount)
    const rows = await this.#query<AvailableRow>(
      'select * from yektayar.charge_usage($1, $2, $3, $4)',
      [some.map(({ key }) => key), amounts, some.map(({ name }) => this.#limits[name]), HOUR_MS],
    )
    const available = new Map(rows.map((row) => [row.key, row.available]))
    for (const [index, usage] of some.entries()) {
      this.#due.delete(usage.key)
      usage.amount -= amounts[index] ?? 0
      usage.limit.lower(usage.sessionId, (available.get(usage.key) ?? 0) - usage.amount)
    }
  }
}
