import { CommandError } from '../../shared/commandError.js'
import type { Limits } from '../../shared/limits.js'
import { RecentMap } from '../../shared/recentMap.js'
import type {
  LimitCharge,
  LimitOutcome,
  LimitReceipt,
  LimitRefusal,
  StrictLimits,
} from '../strictLimits.js'
import type { Query } from './query.js'

/** How many attempts one call charges, and how many may wait for it. */
const MAX_BATCH = 200
const MAX_QUEUED = 10_000
const BUSY_RETRY_MS = 1_000

/** Rows that are no longer needed are removed so often, and so many at once. */
const REMOVE_EVERY_MS = 60_000
const REMOVED_AT_ONCE = 10_000

interface Attempt {
  readonly charges: readonly LimitCharge[]
  resolve(this: void, outcome: LimitOutcome): void
  reject(this: void, error: unknown): void
}

interface Ended {
  readonly receipt: LimitReceipt
  readonly hasFailed: boolean
  resolve(this: void): void
  reject(this: void, error: unknown): void
}

interface OutcomeRow {
  readonly attempt: number
  readonly charged_at: number
  readonly refused: number | null
  readonly retry_ms: number
  readonly is_held: boolean
}

/** A limit that refuses for some time, whatever comes. */
interface Closed {
  readonly until: number
}

/** Counts in the database, by its clock: one call at a time, for all attempts that wait. */
export class PostgresLimits implements StrictLimits {
  readonly #query: Query
  readonly #limits: Limits
  readonly #closed: RecentMap<string, Closed>
  readonly #queue: Attempt[] = []
  readonly #ended: Ended[] = []
  #isRunning = false
  #removedAt = -Infinity

  constructor(query: Query, limits: Limits) {
    this.#query = query
    this.#limits = limits
    this.#closed = new RecentMap(limits.maxCounted)
  }

  readonly take = (charges: readonly LimitCharge[]): Promise<LimitOutcome> => {
    const counted = charges.filter(({ name }) => Number.isFinite(this.#limits[name]))
    if (counted.length === 0) return Promise.resolve({ receipt: { charges: [], at: 0 } })
    const refusal = this.#knownRefusal(counted)
    if (refusal) return Promise.resolve({ refusal })
    if (this.#queue.length >= MAX_QUEUED) return Promise.reject(tooMany())
    return new Promise((resolve, reject) => {
      this.#queue.push({ charges: counted, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  readonly settle = (receipt: LimitReceipt, hasFailed: boolean): Promise<void> => {
    if (receipt.charges.every(({ kind }) => kind === 'bucket')) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#ended.push({ receipt, hasFailed, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  /** Without asking the database: attempts that are refused anyway must not load it. */
  #knownRefusal(charges: readonly LimitCharge[]): LimitRefusal | undefined {
    for (const charge of charges) {
      const { until = 0 } = this.#closed.get(keyOf(charge)) ?? {}
      const retryAfterMs = Math.ceil(until - performance.now())
      if (retryAfterMs > 0) return { charge, retryAfterMs, isHeld: false }
    }
    return undefined
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    await Promise.resolve() // so that the attempts of a turn go together
    while (this.#queue.length + this.#ended.length > 0) {
      // First, so that the attempts which wait find what was given back.
      await settleTogether(this.#ended.splice(0, MAX_BATCH), (ended) => this.#settle(ended))
      await settleTogether(this.#queue.splice(0, MAX_BATCH), (attempts) => this.#charge(attempts))
    }
    this.#isRunning = false
    this.#removeOld().catch(() => undefined) // the next one tries it again
  }

  async #settle(ended: readonly Ended[]): Promise<void> {
    const all = ended.flatMap(({ receipt: { charges, at }, hasFailed }) =>
      charges
        .filter(({ kind }) => kind === 'window')
        .map((charge) => ({ key: keyOf(charge), at, hasFailed })),
    )
    await this.#query('select yektayar.settle_limits($1, $2, $3)', [
      all.map(({ key }) => key),
      all.map(({ at }) => at),
      all.map(({ hasFailed }) => hasFailed),
    ])
    for (const { resolve } of ended) resolve()
  }

  async #charge(batch: readonly Attempt[]): Promise<void> {
    const all = batch.flatMap(({ charges }, index) => charges.map((charge) => ({ charge, index })))
    const rows = await this.#query<OutcomeRow>(
      'select * from yektayar.take_limits($1, $2, $3, $4, $5)',
      [
        all.map(({ index }) => index),
        all.map(({ charge }) => keyOf(charge)),
        all.map(({ charge }) => this.#limits[charge.name]),
        all.map(({ charge }) => charge.windowMs),
        all.map(({ charge }) => charge.kind === 'bucket'),
      ],
    )
    for (const row of rows) {
      const refusing = row.refused === null ? undefined : all[row.refused - 1]?.charge
      const attempt = batch[row.attempt]
      if (refusing) attempt?.resolve({ refusal: this.#refusalOf(refusing, row) })
      else attempt?.resolve({ receipt: { charges: attempt.charges, at: row.charged_at } })
    }
  }

  #refusalOf(charge: LimitCharge, { retry_ms, is_held: isHeld }: OutcomeRow): LimitRefusal {
    const retryAfterMs = Math.max(1, Math.ceil(retry_ms))
    if (!isHeld) this.#closed.set(keyOf(charge), { until: performance.now() + retryAfterMs })
    return { charge, retryAfterMs, isHeld }
  }

  async #removeOld(): Promise<void> {
    const now = performance.now()
    if (now - this.#removedAt < REMOVE_EVERY_MS) return
    this.#removedAt = now
    const removed = await this.#query(
      `delete from yektayar.limits where key in (
         select key from yektayar.limits where until < extract(epoch from clock_timestamp()) * 1000
         limit $1 for update skip locked) returning 1`,
      [REMOVED_AT_ONCE],
    )
    if (removed.length === REMOVED_AT_ONCE) this.#removedAt = -Infinity // there are more
  }
}

/** Runs a call for several at once; all fail with it. */
async function settleTogether<Item extends { reject(this: void, error: unknown): void }>(
  items: readonly Item[],
  call: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  if (items.length === 0) return
  try {
    await call(items)
  } catch (cause) {
    for (const { reject } of items) reject(unreached(cause))
  }
}

function keyOf({ name, key }: LimitCharge): string {
  return `${name} ${key}`
}

function tooMany(): CommandError {
  return new CommandError('rate_limited', 'Too many attempts are queued', {
    data: { retryAfterMs: BUSY_RETRY_MS },
  })
}

/** The error for a database that could not be asked. */
export function unreached(cause: unknown): CommandError {
  return new CommandError('store_unavailable', 'The session store cannot be reached', {
    hint: 'Try again in a moment',
    cause,
  })
}
