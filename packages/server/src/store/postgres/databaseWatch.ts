import type { FastifyBaseLogger } from 'fastify'
import type { Client } from 'pg'
import { timerMs } from '../../shared/timerMs.js'
import type { Leadership } from '../storeProcess.js'
import type { DatabaseReach } from './databaseReach.js'
import { DatabaseTime } from './databaseTime.js'
import { connectionOptions } from './pool.js'

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
  log: FastifyBaseLogger
}

/**
 * A connection of its own that asks the database each second: for its time, for whether it can be
 * reached, and for the advisory lock of the process that leads. The lock ends with the connection.
 */
export class DatabaseWatch implements Leadership {
  readonly #deps: DatabaseWatchDeps
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  /** The time of the database; known once the watch is open. */
  readonly time = new DatabaseTime()
  #client: Client | undefined
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
    await client?.end().catch(() => undefined)
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

  async #connect(): Promise<Client> {
    const { default: pg } = await import('pg')
    const { databaseUrl, busyTimeoutMs } = this.#deps
    const client = new pg.Client({
      ...connectionOptions(databaseUrl, busyTimeoutMs),
      query_timeout: timerMs(busyTimeoutMs),
    })
    const onLost = (): void => {
      this.#lose(client)
    }
    client.on('error', onLost).on('end', onLost)
    try {
      await client.connect()
      await client.query(`set idle_session_timeout = ${String(IDLE_SESSION_MS)}`)
      if (this.#isClosed) throw new Error('The store was closed')
    } catch (error) {
      client.end().catch(() => undefined)
      throw error
    }
    this.#client = client
    return client
  }

  async #ask(client: Client): Promise<void> {
    const sentAt = performance.now()
    const { rows } = await client.query<{ now: number; leads: boolean }>(
      `select yektayar.now_ms()::float8 as now,
         case when $1 then true else pg_try_advisory_lock(${LOCK}) end as leads`,
      [this.#isLeading],
    )
    const { now = 0, leads = false } = rows[0] ?? {}
    this.#deps.reach.answered()
    this.time.observe(now, sentAt)
    if (this.#client === client) this.#setLeading(leads)
  }

  #setLeading(isLeading: boolean): void {
    const before = this.#isLeading
    this.#isLeading = isLeading
    if (!isLeading || before) return
    for (const listener of this.#listeners) listener()
  }

  #lose(client: Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#isLeading = false
    client.end().catch(() => undefined)
  }
}
