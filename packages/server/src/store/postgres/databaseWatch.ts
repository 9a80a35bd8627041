import type { FastifyBaseLogger } from 'fastify'
import type { Client } from 'pg'
import type { Leadership } from '../storeProcess.js'
import type { DatabaseReach } from './databaseReach.js'
import { DatabaseTime } from './databaseTime.js'
import { KeptConnection } from './keptConnection.js'
import { workingAmong } from './pendingStatements.js'
import type { PendingStatements } from './pendingStatements.js'
import type { ServerWatch } from './serverWatch.js'

/** After so long without a question, PostgreSQL ends the connection, and another process may lead. */
const IDLE_SESSION_MS = '15000'

/** The advisory lock of the process that leads; `yekt` in ASCII, and the first of its kind. */
const LOCK = '2036689780, 1'

/** What the watch needs. */
export interface DatabaseWatchDeps {
  databaseUrl: string
  busyTimeoutMs: number
  server: ServerWatch
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
  readonly #kept: KeptConnection
  /** The time of the database; known once the watch is open. */
  readonly time = new DatabaseTime()
  /** Whether a question or an attempt to connect is under way. */
  #isBusy = false
  #isLeading = false

  private constructor(deps: DatabaseWatchDeps) {
    this.#deps = deps
    const { databaseUrl, busyTimeoutMs, server, reach } = deps
    this.#kept = new KeptConnection({
      ...{ databaseUrl, busyTimeoutMs, server },
      settings: { idle_session_timeout: IDLE_SESSION_MS },
      onTick: () => {
        reach.tick()
        void this.#tick()
      },
      onLost: () => {
        this.#isLeading = false
      },
    })
  }

  /** Resolves once the database has answered; rejects if it cannot be reached. */
  static async open(deps: DatabaseWatchDeps): Promise<DatabaseWatch> {
    const watch = new DatabaseWatch(deps)
    watch.#isBusy = true // no tick may connect as well
    try {
      await watch.#ask(await watch.#kept.connect())
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
    this.#kept.drop()
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#isLeading = false
    await this.#kept.close()
  }

  async #tick(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      await this.#ask(this.#kept.client ?? (await this.#kept.connect()))
    } catch (error) {
      if (this.#kept.isClosed) return
      this.#deps.reach.failed(error)
      this.#deps.log.debug({ err: error }, 'the database did not answer')
      this.cut()
    } finally {
      this.#isBusy = false
    }
  }

  async #ask(client: Client): Promise<void> {
    const { reach, pending, busyTimeoutMs } = this.#deps
    const long = pending.takeLong()
    const sentAt = performance.now()
    const { rows } = await client.query<Answer>(
      `select yektayar.now_ms()::float8 as now,
         case when $1 then true else pg_try_advisory_lock(${LOCK}) end as leads,
         ${workingAmong('$2', '$3')} as working`,
      [this.#isLeading, long.pids, busyTimeoutMs],
    )
    const { now = 0, leads = false, working = [] } = rows[0] ?? {}
    reach.answered()
    this.time.observe(now, sentAt)
    long.keep(working)
    if (this.#kept.client === client) this.#setLeading(leads)
  }

  #setLeading(isLeading: boolean): void {
    const before = this.#isLeading
    this.#isLeading = isLeading
    if (!isLeading || before) return
    for (const listener of this.#listeners) listener()
  }
}
