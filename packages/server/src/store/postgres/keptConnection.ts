import { Socket } from 'node:net'
import type { Client } from 'pg'
import { settledWithin } from '../../shared/settledWithin.js'
import { timerMs } from '../../shared/timerMs.js'
import { END_MS } from './pendingStatements.js'
import { connectionOptions } from './pool.js'
import { stateOf } from './postgresErrors.js'
import type { ServerWatch, Settings } from './serverWatch.js'

/** How often its owner is called. */
const TICK_MS = 1_000

/** What a kept connection needs. */
export interface KeptConnectionDeps {
  databaseUrl: string
  /** The time limit of each statement. */
  busyTimeoutMs: number
  /** Which server the connections are to. */
  server: ServerWatch
  settings: Settings
  /** Runs the first statements of each connection. @default none */
  prepare?(this: void, client: Client): Promise<void>
  /** Called each second. */
  onTick(this: void): void
  /** Called when the connection was lost or dropped, but not when it is closed. */
  onLost(this: void): void
}

/** The errors of a socket whose peer does not want it any more. */
const closings = ['ECONNRESET', 'EPIPE']

interface Opened {
  readonly client: Client
  /** Whether its peer has ended it. */
  wasClosed(this: void): boolean
  /** Ends it, also if the server does not answer; never rejects. */
  end(this: void): Promise<void>
}

/** A connection beside the pools, which its owner looks at each second and opens again once it is lost. */
export class KeptConnection {
  readonly #deps: KeptConnectionDeps
  readonly #timer: NodeJS.Timeout
  #opened: Opened | undefined
  #isConnecting = false
  #isClosed = false

  constructor(deps: KeptConnectionDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => {
      deps.onTick()
    }, TICK_MS)
    this.#timer.unref()
    deps.server.onReplaced(() => {
      if (this.client && !deps.server.isCurrent(this.client)) this.drop()
    })
  }

  /** The connection, unless it is lost. */
  get client(): Client | undefined {
    return this.#opened?.client
  }

  get isConnecting(): boolean {
    return this.#isConnecting
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Opens it. Rejects if the database cannot be reached or has moved, or it was closed meanwhile. */
  async connect(): Promise<Client> {
    const { server, settings, prepare } = this.#deps
    this.#isConnecting = true
    try {
      const opened = await createClient(this.#deps)
      const { client } = opened
      const onLost = (): void => {
        if (this.#opened === opened) this.drop()
      }
      client.on('error', onLost).on('end', onLost)
      try {
        await client.connect()
        await server.ask(client, settings)
        await prepare?.(client)
        if (!server.isCurrent(client)) throw new Error('The database has moved to another server')
        if (this.#isClosed) throw new Error('The store was closed')
      } catch (error) {
        const isRefused = opened.wasClosed() && stateOf(error) === undefined
        void opened.end()
        throw isRefused ? connectionRefused(error) : error
      }
      this.#opened = opened
      return client
    } finally {
      this.#isConnecting = false
    }
  }

  /** Ends the connection, which may be dead. */
  drop(): void {
    const opened = this.#opened
    if (!opened) return
    this.#opened = undefined
    void opened.end()
    this.#deps.onLost()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    const opened = this.#opened
    this.#opened = undefined
    await opened?.end()
  }
}

async function createClient({ databaseUrl, busyTimeoutMs }: KeptConnectionDeps): Promise<Opened> {
  const { default: pg } = await import('pg')
  const socket = new Socket()
  let hasEnded = false
  socket.once('end', () => {
    hasEnded = true
  })
  const client = new pg.Client({
    ...connectionOptions(databaseUrl, busyTimeoutMs),
    query_timeout: timerMs(busyTimeoutMs),
    stream: () => socket,
  })
  return {
    client,
    wasClosed: () => hasEnded || closings.includes(codeOf(socket.errored)),
    async end() {
      await settledWithin(client.end(), END_MS).catch(() => undefined)
      socket.destroy() // otherwise it stays until the network gives up
    },
  }
}

/** A proxy before the database accepts connections also while it has no server for them, and closes them. */
function connectionRefused(cause: unknown): Error {
  const error = new Error('The connection was closed before it was served', { cause })
  return Object.assign(error, { code: 'ECONNREFUSED' })
}

function codeOf(error: Error | null): string {
  return error && 'code' in error ? String(error.code) : ''
}
