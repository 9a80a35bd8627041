import { SqliteDriver } from 'kysely'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { OpenSqlite } from './openSqlite.js'
import { NATIVE_WAIT_MS, WriteLock } from './writeLock.js'

const READING = /^\s*select\b/i

/** What the driver needs. */
export interface LockingSqliteDriverDeps {
  database: OpenSqlite
  /** How long to wait for another process's lock. */
  busyTimeoutMs: number
  /** Called with each error of a write. */
  onWriteFailure?: ((error: unknown) => void) | undefined
}

/**
 * Kysely's driver, which takes the lock of the file before every write, even of a single statement,
 * and waits for the lock without blocking the event loop.
 *
 * The lock is taken by `exec`. If a prepared statement of libsql (0.5) fails because it does not
 * get the lock, it stays in progress until it is garbage collected, and no transaction can be
 * committed before that. A failing `exec` leaves no such statement.
 */
export class LockingSqliteDriver extends SqliteDriver {
  readonly #sqlite: OpenSqlite
  readonly #lock: WriteLock
  readonly #onWriteFailure: (error: unknown) => void
  #connection: LockingConnection | undefined

  constructor({ database: sqlite, busyTimeoutMs, onWriteFailure }: LockingSqliteDriverDeps) {
    super({ database: sqlite })
    this.#sqlite = sqlite
    this.#onWriteFailure = onWriteFailure ?? (() => undefined)
    this.#lock = new WriteLock({
      begin: () => {
        rollBack(sqlite) // a transaction whose rollback failed
        sqlite.execute('BEGIN IMMEDIATE')
      },
      setNativeWait: (ms) => {
        sqlite.execute(`PRAGMA busy_timeout = ${String(ms)}`)
      },
      release: () => super.releaseConnection(),
      acquire: async () => {
        await super.acquireConnection()
      },
      busyTimeoutMs,
    })
    sqlite.execute(`PRAGMA busy_timeout = ${String(NATIVE_WAIT_MS)}`)
  }

  /** Switches to the write-ahead log, for which the lock is needed as well. */
  override async init(): Promise<void> {
    await super.init()
    await this.acquireConnection()
    try {
      await this.#lock.take(() => {
        this.#sqlite.execute('PRAGMA journal_mode = WAL')
      })
    } finally {
      await super.releaseConnection()
    }
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection()
    return (this.#connection ??= new LockingConnection(connection, {
      sqlite: this.#sqlite,
      lock: this.#lock,
      onWriteFailure: this.#onWriteFailure,
    }))
  }

  override async beginTransaction(): Promise<void> {
    try {
      await this.#lock.take()
    } catch (error) {
      this.#onWriteFailure(error)
      throw error
    }
    this.#connection?.begun()
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- makes errors rejections
  override async commitTransaction(): Promise<void> {
    try {
      this.#sqlite.execute('COMMIT')
    } catch (error) {
      this.#onWriteFailure(error)
      throw error
    }
    this.#connection?.ended()
  }

  /** Never rejects: Kysely would report that error instead, and keep the connection. */
  override rollbackTransaction(): Promise<void> {
    rollBack(this.#sqlite)
    this.#connection?.ended()
    return Promise.resolve()
  }

  override async destroy(): Promise<void> {
    this.#lock.close()
    await super.destroy()
  }
}

/**
 * Rolls back the open transaction, if SQLite has not rolled it back by itself. If that fails,
 * nothing is committed either, and the rollback is tried again before the next transaction.
 */
function rollBack(sqlite: OpenSqlite): void {
  try {
    if (sqlite.isInTransaction) sqlite.execute('ROLLBACK')
  } catch {
    // The caller reports the original error.
  }
}

/** What a connection needs. */
interface LockingConnectionDeps {
  sqlite: OpenSqlite
  lock: WriteLock
  onWriteFailure(this: void, error: unknown): void
}

/** The only connection. A write outside of a transaction gets its own transaction. */
class LockingConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection
  readonly #sqlite: OpenSqlite
  readonly #lock: WriteLock
  readonly #onWriteFailure: (error: unknown) => void
  /** Whether Kysely has an open transaction. */
  #isBegun = false

  constructor(
    connection: DatabaseConnection,
    { sqlite, lock, onWriteFailure }: LockingConnectionDeps,
  ) {
    this.#connection = connection
    this.#sqlite = sqlite
    this.#lock = lock
    this.#onWriteFailure = onWriteFailure
  }

  begun(): void {
    this.#isBegun = true
  }

  ended(): void {
    this.#isBegun = false
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (READING.test(query.sql)) return this.#connection.executeQuery(query)
    return this.#write(query)
  }

  streamQuery<Row>(query: CompiledQuery, size: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery(query, size)
  }

  async #write<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return await (this.#isBegun ? this.#executeWithin(query) : this.#executeAlone(query))
    } catch (error) {
      this.#onWriteFailure(error)
      throw error
    }
  }

  #executeWithin<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#sqlite.isInTransaction) return this.#connection.executeQuery(query)
    throw new Error('The transaction was ended by one of its own statements')
  }

  async #executeAlone<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    await this.#lock.take()
    try {
      const result = await this.#connection.executeQuery<Row>(query)
      this.#sqlite.execute('COMMIT')
      return result
    } catch (error) {
      rollBack(this.#sqlite)
      throw error
    }
  }
}
