import { SqliteDriver } from 'kysely'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { OpenSqlite } from './openSqlite.js'
import { NATIVE_WAIT_MS, WriteLock } from './writeLock.js'

const READING = /^\s*select\b/i

/** What the driver needs. */
export interface LockingSqliteDriverOptions {
  database: OpenSqlite
  /** How long to wait for another process's lock. */
  busyTimeoutMs: number
  /** Told of each error of what writes. */
  onWriteFailure?: ((error: unknown) => void) | undefined
}

/**
 * Kysely's driver, which takes the lock of the file before anything is written, a single statement
 * included, and waits for it without keeping the event loop waiting.
 *
 * A statement that libsql (0.5) prepared and that then fails for want of the lock stays in progress
 * until it is garbage, and no transaction can be committed before that. `exec`, which prepares
 * nothing that stays, may fail without harm.
 */
export class LockingSqliteDriver extends SqliteDriver {
  readonly #sqlite: OpenSqlite
  readonly #lock: WriteLock
  readonly #onWriteFailure: (error: unknown) => void
  #connection: LockingConnection | undefined

  constructor({ database: sqlite, busyTimeoutMs, onWriteFailure }: LockingSqliteDriverOptions) {
    super({ database: sqlite })
    this.#sqlite = sqlite
    this.#onWriteFailure = onWriteFailure ?? (() => undefined)
    this.#lock = new WriteLock({
      begin: () => {
        rollBack(sqlite) // one that could not be rolled back when it should have been
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

  /** Opens the file's log, for which the lock is needed as well. */
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

  // eslint-disable-next-line @typescript-eslint/require-await -- so that what it throws is a rejection
  override async commitTransaction(): Promise<void> {
    try {
      this.#sqlite.execute('COMMIT')
    } catch (error) {
      this.#onWriteFailure(error)
      throw error
    }
    this.#connection?.ended()
  }

  /** Never rejects: Kysely would tell that in place of what led here, and keep the connection. */
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
 * Rolls back what is open; one that the store gave up by itself is not. Where that fails, nothing of
 * it is committed either, and it is tried again before the next transaction.
 */
function rollBack(sqlite: OpenSqlite): void {
  try {
    if (sqlite.isInTransaction) sqlite.execute('ROLLBACK')
  } catch {
    // The failure that led here is the one to tell.
  }
}

/** What a connection needs. */
interface LockingConnectionOptions {
  sqlite: OpenSqlite
  lock: WriteLock
  onWriteFailure(this: void, error: unknown): void
}

/** The one connection: what writes outside of a transaction gets one of its own. */
class LockingConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection
  readonly #sqlite: OpenSqlite
  readonly #lock: WriteLock
  readonly #onWriteFailure: (error: unknown) => void
  /** Whether Kysely has begun a transaction that it has not ended yet. */
  #isBegun = false

  constructor(
    connection: DatabaseConnection,
    { sqlite, lock, onWriteFailure }: LockingConnectionOptions,
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
