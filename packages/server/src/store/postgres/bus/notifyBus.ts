import type { Client } from 'pg'
import type { FastifyBaseLogger } from 'fastify'
import { KeptConnection } from '../keptConnection.js'
import type { ServerWatch } from '../serverWatch.js'

/** The name of the channel; other databases of the server do not hear it. */
const CHANNEL = 'yektayar'

/** How long the channel may be silent, which is tested each second. */
const DEAF_MS = 2_000

/** What a bus over NOTIFY needs. */
export interface NotifyBusDeps {
  databaseUrl: string
  busyTimeoutMs: number
  server: ServerWatch
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
  readonly #kept: KeptConnection
  #heardAt = performance.now()
  /** When the connection began to listen. It is deaf until it hears something, such as its first ping. */
  #listensSince = Infinity
  /** Whether hints may have been missed since the last tick. */
  #wasDeaf = false

  private constructor(deps: NotifyBusDeps) {
    this.#deps = deps
    const { databaseUrl, busyTimeoutMs, server } = deps
    this.#kept = new KeptConnection({
      ...{ databaseUrl, busyTimeoutMs, server },
      settings: { synchronous_commit: 'off' },
      prepare: (client) => this.#listen(client),
      onTick: () => {
        this.#tick()
      },
      onLost: () => {
        this.#wasDeaf = true
        deps.onLost()
        this.#tick() // at once, and then each second
      },
    })
  }

  /** Resolves once it hears. */
  static async open(deps: NotifyBusDeps): Promise<NotifyBus> {
    const channel = new NotifyBus(deps)
    try {
      await channel.#kept.connect()
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
    const { client } = this.#kept
    if (!client) throw new Error('The connection for news is lost')
    await client.query(notifyStatement, [payloads])
  }

  /** Whether hints are heard, as far as is known. */
  get isOpen(): boolean {
    const hasHeard = this.#heardAt >= this.#listensSince
    return this.#kept.client !== undefined && hasHeard && this.heardAgoMs < DEAF_MS
  }

  close(): Promise<void> {
    return this.#kept.close()
  }

  async #listen(client: Client): Promise<void> {
    client.on('notification', ({ payload }) => {
      this.#heardAt = performance.now()
      if (payload !== undefined) this.#deps.onHint(payload)
    })
    await client.query(`listen ${CHANNEL}`)
    this.#listensSince = performance.now()
    await client.query(notifyStatement, [[this.#deps.ping()]]) // which also makes it known to others
  }

  #tick(): void {
    const { ping, onTick, log } = this.#deps
    const silentSince = Math.max(this.#heardAt, this.#listensSince)
    if (this.#kept.client && performance.now() - silentSince > DEAF_MS) {
      this.#kept.drop() // which looks again at once
      return
    }
    const isDeaf = !this.isOpen
    onTick(this.#wasDeaf || isDeaf)
    this.#wasDeaf = isDeaf
    if (this.#kept.client) {
      this.send([ping()]).catch(() => undefined) // the next tick notices that it was not heard
    } else if (!this.#kept.isConnecting) {
      this.#kept.connect().catch((error: unknown) => {
        log.debug({ err: error }, 'could not listen for what other processes write')
      })
    }
  }
}

/** The statement that tells hints within a transaction. */
export const notifyStatement = `select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) as t(payload)`
