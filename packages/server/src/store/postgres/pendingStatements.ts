import type { ClientBase } from 'pg'
import { settledWithin } from '../../shared/settledWithin.js'

/** How long a connection may take to end. */
export const END_MS = 500

/** A connection that waits for an answer. */
interface Waiting {
  /** Its process in the server; `undefined` until the server has said it. */
  readonly pid: number | undefined
  readonly since: number
}

/** Statements that have waited for long, to ask the database about. */
export interface LongStatements {
  readonly pids: readonly number[]
  /** Ends the connections on which none of these processes works. */
  keep(this: void, working: readonly number[]): void
}

/**
 * Finds statements that never arrived, or whose answers never will: the network may lose a connection
 * without a word. They look like slow ones, but the database does not work on them.
 */
export class PendingStatements {
  readonly #waiting = new Map<ClientBase, Waiting>()
  readonly #longMs: number
  readonly #listeners = new Set<() => void>()

  /** @param longMs after which the database is asked about a statement */
  constructor(longMs: number) {
    this.#longMs = longMs
  }

  /** Calls back when connections were lost, so that idle ones may be lost as well. */
  onLost(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Waits for the answer to a statement. */
  async during<Value>(
    client: ClientBase,
    pid: number | undefined,
    work: () => Promise<Value>,
  ): Promise<Value> {
    const waiting = { pid, since: performance.now() }
    this.#waiting.set(client, waiting)
    try {
      return await work()
    } finally {
      if (this.#waiting.get(client) === waiting) this.#waiting.delete(client)
    }
  }

  /** Those that have waited for long; connections that did not even say their process are ended. */
  takeLong(now = performance.now()): LongStatements {
    const long = [...this.#waiting].filter(([, { since }]) => now - since > this.#longMs)
    this.#end(long.filter(([, { pid }]) => pid === undefined))
    return {
      pids: long.flatMap(([, { pid }]) => pid ?? []),
      keep: (working) => {
        this.#end(long.filter(([, { pid }]) => pid !== undefined && !working.includes(pid)))
      },
    }
  }

  #end(some: readonly [ClientBase, Waiting][]): void {
    const lost = some.filter(([client, waiting]) => this.#waiting.get(client) === waiting)
    for (const [client] of lost) endClient(client)
    if (lost.length > 0) for (const listener of this.#listeners) listener()
  }
}

/** Each client of a pool has it; the types of a pool leave it out, since it ends more than a lease. */
interface EndableClient {
  readonly connection: { readonly stream: { destroy(): void } }
  end(): Promise<void>
}

/** Ends a connection, also if its peer is silent, and fails its statement if it has one. */
export function endClient(client: ClientBase): void {
  const ended = client as ClientBase & EndableClient
  const destroy = (): void => {
    ended.connection.stream.destroy() // otherwise it stays until the network gives up
  }
  settledWithin(ended.end(), END_MS).then(destroy, destroy)
}

/**
 * The processes of PostgreSQL among `$n` that work on a statement, or have ended one not long ago; `$m`
 * is for how many milliseconds. Those that hide their state count as working.
 */
export function workingAmong(pids: string, idleMs: string): string {
  return `case when cardinality(${pids}::int[]) = 0 then '{}' else array(
    select pid from pg_stat_activity where pid = any(${pids}) and (state is null
      or state not like 'idle%'
      or state_change > clock_timestamp() - make_interval(secs => ${idleMs}::float8 / 1000))) end`
}
