import type { ClientBase } from 'pg'
import { timerMs } from '../../shared/timerMs.js'
import { isConnectionLost, isOwnEnding, standbyError } from './postgresErrors.js'

/** The settings of a connection, by their names in PostgreSQL. */
export type Settings = Readonly<Record<string, string>>

/** How long a connection may be idle within a transaction: as long, others wait for its rows. */
const commonSettings: Settings = { idle_in_transaction_session_timeout: '2000' }

/**
 * Notices when a database may have lost commits: when another server answers, after a failover or a
 * restart, and when a connection is lost, which may come before it.
 */
export class ServerWatch {
  readonly #listeners = new Set<(isOther: boolean) => void>()
  readonly #replaced = new Set<() => void>()
  /** What each connection has said of its server. */
  readonly #servers = new WeakMap<ClientBase, Peer>()
  /** Why connections have ended for a reason of their own; what fails on them later says nothing. */
  readonly #ownEndings = new WeakMap<ClientBase, unknown>()
  readonly #lockTimeoutMs: number
  #current: string | undefined

  /** @param lockTimeoutMs how long a connection waits for another transaction's lock */
  constructor(lockTimeoutMs: number) {
    this.#lockTimeoutMs = lockTimeoutMs
  }

  onPossibleLoss(listener: (isOther: boolean) => void): void {
    this.#listeners.add(listener)
  }

  /** Calls back once another server has answered. */
  onReplaced(listener: () => void): void {
    this.#replaced.add(listener)
  }

  /** A connection was lost. */
  lost(): void {
    for (const listener of this.#listeners) listener(false)
  }

  /** A connection, or a statement on it, has failed. Returns why. */
  failed(client: ClientBase, error: unknown): unknown {
    if (isOwnEnding(error)) this.#ownEndings.set(client, error)
    const cause = this.#ownEndings.get(client)
    if (cause !== undefined) return cause
    if (isConnectionLost(error)) this.lost()
    return error
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

  /**
   * Prepares a new connection, which says which server it is to. Returns whether that is the current one.
   *
   * @param settings of the connection beside those of all
   * @throws the error of a server that is not there, if it is a standby
   */
  async ask(client: ClientBase, settings: Settings = {}): Promise<boolean> {
    const lock_timeout = String(timerMs(this.#lockTimeoutMs))
    const peer = await preparePeer(client, { ...commonSettings, lock_timeout, ...settings })
    const { server } = peer
    this.#servers.set(client, peer)
    const before = this.#current
    this.#current = server
    if (before !== undefined && before !== server) {
      for (const listener of this.#listeners) listener(true)
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
  readonly isStandby: boolean
}

/** Sets how a connection works. As parameters of its start, poolers would refuse these settings. */
async function preparePeer(client: ClientBase, settings: Settings): Promise<Peer> {
  const { rows } = await client.query<Peer>(
    `select extract(epoch from pg_postmaster_start_time())::text as server,
       pg_backend_pid() as pid, pg_is_in_recovery() as "isStandby",
       array(select set_config(name, value, false) from unnest($1::text[], $2::text[]) t(name, value))`,
    [Object.keys(settings), Object.values(settings)],
  )
  const [peer = { server: '', pid: 0, isStandby: false }] = rows
  if (peer.isStandby) throw standbyError()
  return peer
}
