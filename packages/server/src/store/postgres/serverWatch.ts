import type { ClientBase } from 'pg'

/**
 * Notices when a database may have lost commits: when another server answers, after a failover or a
 * restart, and when a connection is lost, which may come before it.
 */
export class ServerWatch {
  readonly #listeners = new Set<() => void>()
  /** The server of each connection. */
  readonly #servers = new WeakMap<ClientBase, string>()
  #current: string | undefined

  onPossibleLoss(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** A connection was lost. */
  lost(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Whether a connection is to the current server, which is that of the newest connection. */
  async isCurrent(client: ClientBase): Promise<boolean> {
    let server = this.#servers.get(client)
    if (server === undefined) {
      server = await readServer(client)
      this.#servers.set(client, server)
      const before = this.#current
      this.#current = server
      if (before !== undefined && before !== server) this.lost()
    }
    return server === this.#current
  }
}

/** When the server was started, to the microsecond: no standby was started together with its primary. */
async function readServer(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ server: string }>(
    'select extract(epoch from pg_postmaster_start_time())::text as server',
  )
  return rows[0]?.server ?? ''
}
