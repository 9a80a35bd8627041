import type { Pool, PoolClient } from 'pg'
import { endClient } from './pendingStatements.js'

/** Somebody who waits for a connection. */
interface Waiting {
  /** Asks the current pool. */
  ask(this: void): void
  reject(this: void, error: unknown): void
}

/**
 * A pool that can be replaced by a new one, since its connections may be lost. A pool that ends serves
 * nobody any more, so those who wait for a connection of the earlier pool ask the new one.
 */
export class RenewedPool {
  readonly #create: () => Pool
  readonly #waitMs: number
  readonly #waiting = new Set<Waiting>()
  #pool: Pool
  #ended: Promise<void> | undefined

  /** @param waitMs how long somebody waits at most for a connection */
  constructor(create: () => Pool, waitMs: number) {
    this.#create = create
    this.#waitMs = waitMs
    this.#pool = create()
  }

  /** Takes a connection. Rejects with the error of `pg`. */
  take(): Promise<PoolClient> {
    const since = performance.now()
    return new Promise((resolve, reject) => {
      const ask = (): void => {
        const pool = this.#pool
        const isCurrent = (): boolean => pool === this.#pool && this.#waiting.has(waiting)
        pool.connect().then(
          (client) => {
            if (!isCurrent()) {
              endClient(client) // it came too late
              client.release(true)
              return
            }
            this.#waiting.delete(waiting)
            resolve(client)
          },
          (error: unknown) => {
            const isLate = performance.now() - since >= this.#waitMs
            if (!isCurrent() && !isLate) return // the new pool was asked
            this.#waiting.delete(waiting)
            waiting.reject(error)
          },
        )
      }
      const waiting = { ask, reject }
      this.#waiting.add(waiting)
      ask()
    })
  }

  /** Ends the connections that are idle now; others are ended when they are given back. */
  renew(): void {
    if (this.#ended) return
    const before = this.#pool
    this.#pool = this.#create()
    before.end().catch(() => undefined)
    for (const { ask } of [...this.#waiting]) ask()
  }

  /** Ends the connections once they are given back. */
  end(): Promise<void> {
    return (this.#ended ??= this.#pool.end())
  }

  /** After the end: those who still wait get no connection. */
  failWaiting(): void {
    if (!this.#ended) return
    for (const { reject } of this.#waiting) reject(new Error('Connection terminated'))
    this.#waiting.clear()
  }
}
