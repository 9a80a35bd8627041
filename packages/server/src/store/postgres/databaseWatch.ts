import type { FastifyBaseLogger } from 'fastify'
import type { Leadership } from '../storeProcess.js'
import type { DatabaseReach } from './databaseReach.js'
import { DatabaseTime } from './databaseTime.js'
import { createLoneClient } from './loneClient.js'
import type { LoneClient } from './loneClient.js'
import { workingAmong } from './pendingStatements.js'
import type { PendingStatements } from './pendingStatements.js'

/** How often the database is asked. */
const TICK_MS = 1_000

/** After so long without a question, PostgreSQL ends the connection, and another process may lead. */
const IDLE_SESSION_MS = 15_000

/** The advisory lock of the process that leads; `yekt` in ASCII, and the first of its kind. */
const LOCK = '2036689780, 1'

/** What the watch needs. */
export interface DatabaseWatchDeps {
  databaseUrl: string
  busyTimeoutMs: number
  reach: DatabaseReach
  /** The statements on other connections that wait for answers. */
  pending: PendingStatements
  log: FastifyBaseLogger
}

interface Answer {
  readonly now: number
  readonly leads: boolean
  readonly working: number[]
}

/**
 * A connection of its own that asks the database each second: for its time, for whether it can be
 * reached, for the advisory lock of the process that leads, which ends with the connection, and whether it
 * works on statements that take long.
 */
export class DatabaseWatch implements Leadership {
  readonly #deps: DatabaseWatchDeps
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  /** The time of the database; known once the watch is open. */
  readonly time = new DatabaseTime()
  #client: LoneClient | undefined
  /** Whether a question or an attempt to connect is under way. */
  #isBusy = false
  #isLeading = false
  #isClosed = false

  private constructor(deps: DatabaseWatchDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => {
      deps.reach.tick()
      void this.#tick()
    }, TICK_MS)
    this.#timer.unref()
  }

  /** Resolves once the database has answered; rejects if it cannot be reached. */
  static async open(deps: DatabaseWatchDeps): Promise<DatabaseWatch> {
    const watch = new DatabaseWatch(deps)
    watch.#isBusy = true // no tick may connect as well
    try {
      await watch.#ask(await watch.#connect())
      watch.#isBusy = false
      return watch
    } catch (error) {
      await watch.close()
      throw error
    }
  }

  readonly leads = (): boolean => this.#isLeading

  readonly onLead = (listener: () => void): void => {
    this.#listeners.add(listener)
  }

  /** Ends the connection, which may be dead; the next tick opens another. */
  cut(): void {
    if (this.#client) this.#lose(this.#client)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#listeners.clear()
    const client = this.#client
    this.#client = undefined
    this.#isLeading = false
    await client?.end()
  }

  async #tick(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      await this.#ask(this.#client ?? (await this.#connect()))
    } catch (error) {
      if (this.#isClosed) return
      this.#deps.reach.failed(error)
      this.#deps.log.debug({ err: error }, 'the database did not answer')
      this.cut()
    } finally {
      this.#isBusy = false
    }
  }

  async #connect(): Promise<LoneClient> {
    const { databaseUrl, busyTimeoutMs } = this.#deps
    const lone = await createLoneClient(databaseUrl, busyTimeoutMs)
    const onLost = (): void => {
      this.#lose(lone)
    }
    lone.client.on('error', onLost).on('end', onLost)
    try {
      await lone.client.connect()
      await lone.client.query(`set idle_session_timeout = ${String(IDLE_SESSION_MS)}`)
      if (this.#isClosed) throw new Error('The store was closed')
    } catch (error) {
      void lone.end()
      throw error
    }
    this.#client = lone
    return lone
  }

  async #ask(lone: LoneClient): Promise<void> {
    const { reach, pending, busyTimeoutMs } = this.#deps
    const long = pending.takeLong()
    const sentAt = performance.now()
    const { rows } = await lone.client.query<Answer>(
      `select yektayar.now_ms()::float8 as now,
         case when $1 then true else pg_try_advisory_lock(${LOCK}) end as leads,
         ${workingAmong('$2', '$3')} as working`,
      [this.#isLeading, long.pids, busyTimeoutMs],
    )
    const { now = 0, leads = false, working = [] } = rows[0] ?? {}
    reach.answered()
    this.time.observe(now, sentAt)
    long.keep(working)
    if (this.#client === lone) this.#setLeading(leads)
  }

  #setLeading(isLeading: boolean): void {
    const before = this.#isLeading
    this.#isLeading = isLeading
    if (!isLeading || before) return
    for (const listener of this.#listeners) listener()
  }

  #lose(lone: LoneClient): void {
    if (this.#client !== lone) return
    this.#client = undefined
    this.#isLeading = false
    void lone.end()
  }
}
