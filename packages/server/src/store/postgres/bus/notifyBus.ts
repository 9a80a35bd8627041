import type { FastifyBaseLogger } from 'fastify'
import { createLoneClient } from '../loneClient.js'
import type { LoneClient } from '../loneClient.js'

/** The name of the channel; other databases of the server do not hear it. */
const CHANNEL = 'yektayar'

/** How often the channel is tested, and how long it may be silent. */
const TICK_MS = 1_000
const DEAF_MS = 2_000

/** What a bus over NOTIFY needs. */
export interface NotifyBusDeps {
  databaseUrl: string
  busyTimeoutMs: number
  /** A hint for the test. */
  ping(this: void): string
  onHint(this: void, payload: string): void
  /** The connection was lost. */
  onLost(this: void): void
  /** Called each second. @param isDeaf whether hints may have been missed since the last call */
  onTick(this: void, isDeaf: boolean): void
  log: FastifyBaseLogger
}

/**
 * A connection by which processes tell each other of what they have written. It hears its own pings;
 * where it does not, it connects anew.
 */
export class NotifyBus {
  readonly #deps: NotifyBusDeps
  readonly #timer: NodeJS.Timeout
  #client: LoneClient | undefined
  #heardAt = performance.now()
  /** Whether it was connected all the time since the last tick. */
  #wasDeaf = false
  #isConnecting = false
  #isClosed = false

  private constructor(deps: NotifyBusDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => {
      this.#tick()
    }, TICK_MS)
    this.#timer.unref()
  }

  /** Resolves once it hears. */
  static async open(deps: NotifyBusDeps): Promise<NotifyBus> {
    const channel = new NotifyBus(deps)
    try {
      await channel.#connect()
      await channel.send([deps.ping()]) // so that others know of this process
    } catch (error) {
      await channel.close()
      throw error
    }
    return channel
  }

  /** The time since it last heard something, such as its own ping. */
  get heardAgoMs(): number {
    return performance.now() - this.#heardAt
  }

  /** Tells hints, in a transaction of their own that does not wait for the disk. */
  async send(payloads: readonly string[]): Promise<void> {
    if (!this.#client) throw new Error('The connection for news is lost')
    await this.#client.client.query(notifyStatement, [payloads])
  }

  /** Whether hints are heard, as far as is known. */
  get isOpen(): boolean {
    return this.#client !== undefined && performance.now() - this.#heardAt < DEAF_MS
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true
    const { databaseUrl, busyTimeoutMs } = this.#deps
    const lone = await createLoneClient(databaseUrl, busyTimeoutMs)
    const { client } = lone
    const onLost = (): void => {
      this.#lose(lone)
    }
    client
      .on('error', onLost)
      .on('end', onLost)
      .on('notification', ({ payload }) => {
        this.#heardAt = performance.now()
        if (payload !== undefined) this.#deps.onHint(payload)
      })
    try {
      await client.connect()
      await client.query('set synchronous_commit = off')
      await client.query(`listen ${CHANNEL}`)
      this.#client = lone
      this.#heardAt = performance.now()
      if (this.#isClosed) await this.close()
    } catch (error) {
      void lone.end()
      throw error
    } finally {
      this.#isConnecting = false
    }
  }

  #lose(lone: LoneClient): void {
    if (this.#client !== lone) return
    this.#drop(lone)
    if (!this.#isClosed) this.#tick() // at once, and then each second
  }

  #drop(lone: LoneClient): void {
    this.#client = undefined
    this.#wasDeaf = true
    this.#deps.onLost()
    void lone.end()
  }

  #tick(): void {
    const { ping, onTick, log } = this.#deps
    const client = this.#client
    if (client && performance.now() - this.#heardAt > DEAF_MS) this.#drop(client)
    const isDeaf = this.#wasDeaf || !this.#client
    if (this.#client) this.#wasDeaf = false
    onTick(isDeaf)
    if (this.#client) {
      this.send([ping()]).catch(() => undefined) // the next tick notices that it was not heard
    } else if (!this.#isConnecting) {
      this.#wasDeaf = true
      this.#connect().catch((error: unknown) => {
        log.debug({ err: error }, 'could not listen for what other processes write')
      })
    }
  }
}

/** The statement that tells hints within a transaction. */
export const notifyStatement = `select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) as t(payload)`
