import type { ClientBase } from 'pg'

/**
 * Notices when a database may have lost commits: when another server answers, after a failover or a
 * restart, and when a connection is lost, which may come before it.
 */
export class ServerWatch {
  readonly #listeners = new Set<() => void>()
  readonly #replaced = new Set<() => void>()
  /** What each connection has said of its server. */
  readonly #servers = new WeakMap<ClientBase, Peer>()
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
    return this.#servers.get(client)?.server === this.#current
  }

  /** The server's process for a connection, once that has said it. */
  pidOf(client: ClientBase): number | undefined {
    return this.#servers.get(client)?.pid
  }

  /** Asks a new connection which server it is to. Returns whether that is the current one. */
  async ask(client: ClientBase): Promise<boolean> {
    const peer = await readPeer(client)
    const { server } = peer
    this.#servers.set(client, peer)
    const before = this.#current
    this.#current = server
    if (before !== undefined && before !== server) {
      this.lost()
      for (const listener of this.#replaced) listener()
    }
    return this.isCurrent(client)
  }
}

/** What a connection says of its server. */
interface Peer {
  /** When it was started, to the microsecond: no standby was started together with its primary. */
  readonly server: string
  /** Its process for the connection. */
  readonly pid: number
}

async function readPeer(client: ClientBase): Promise<Peer> {
  const { rows } = await client.query<Peer>(
    `select extract(epoch from pg_postmaster_start_time())::text as server,
       pg_backend_pid() as pid`,
  )
  return rows[0] ?? { server: '', pid: 0 }
}
