import type { ClientBase } from 'pg'

/**
 * Notices when a database may have lost commits: when another server answers, after a failover or a
 * restart, and when a connection is lost, which may come before it.
 */
export class ServerWatch {
  readonly #listeners = new Set<() => void>()
  readonly #replaced = new Set<() => void>()
  /** The server of each connection. */
  readonly #servers = new WeakMap<ClientBase, string>()
  #current: string | undefined

  onPossibleLoss(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Calls back once another server has answered. */
  onReplaced(listener: () => void): void {
    this.#replaced.add(listener)
  }

  /** A connection was lost. */
  lost(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Whether a connection has said which server it is to. */
  isKnown(client: ClientBase): boolean {
    return this.#servers.has(client)
  }

  /** Whether a connection is to the current server, which is that of the newest connection. */
  isCurrent(client: ClientBase): boolean {
    return this.#servers.get(client) === this.#current
  }

  /** Asks a new connection which server it is to. Returns whether that is the current one. */
  async ask(client: ClientBase): Promise<boolean> {
    const server = await readServer(client)
    this.#servers.set(client, server)
    const before = this.#current
    this.#current = server
    if (before !== undefined && before !== server) {
      this.lost()
      for (const listener of this.#replaced) listener()
    }
    return this.isCurrent(client)
  }
}

/** When the server was started, to the microsecond: no standby was started together with its primary. */
async function readServer(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ server: string }>(
    'select extract(epoch from pg_postmaster_start_time())::text as server',
  )
  return rows[0]?.server ?? ''
}
