import { SqliteDriver } from 'kysely'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { OpenSqlite } from './openSqlite.js'
import { NATIVE_WAIT_MS, WriteLock } from './writeLock.js'

const READING = /^\s*select\b/i

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
  #connection: LockingConnection | undefined

  constructor(sqlite: OpenSqlite, busyTimeoutMs: number) {
    super({ database: sqlite })
    this.#sqlite = sqlite
    this.#lock = new WriteLock({
      begin: () => {
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
    return (this.#connection ??= new LockingConnection(connection, this.#sqlite, this.#lock))
  }

  override async beginTransaction(): Promise<void> {
    await this.#lock.take()
    this.#connection?.begun()
  }

  override commitTransaction(): Promise<void> {
    return this.#end('COMMIT')
  }

  override rollbackTransaction(): Promise<void> {
    // One that the store gave up by itself cannot be rolled back again.
    return this.#end(this.#sqlite.isInTransaction ? 'ROLLBACK' : undefined)
  }

  override async destroy(): Promise<void> {
    this.#lock.close()
    await super.destroy()
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- so that what it throws is a rejection
  async #end(statement: string | undefined): Promise<void> {
    if (statement !== undefined) this.#sqlite.execute(statement)
    this.#connection?.ended()
  }
}

/** The one connection: what writes outside of a transaction gets one of its own. */
class LockingConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection
  readonly #sqlite: OpenSqlite
  readonly #lock: WriteLock
  /** Whether Kysely has begun a transaction that it has not ended yet. */
  #isBegun = false

  constructor(connection: DatabaseConnection, sqlite: OpenSqlite, lock: WriteLock) {
    this.#connection = connection
    this.#sqlite = sqlite
    this.#lock = lock
  }

  begun(): void {
    this.#isBegun = true
  }

  ended(): void {
    this.#isBegun = false
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (READING.test(query.sql)) return this.#connection.executeQuery(query)
    if (this.#sqlite.isInTransaction) return this.#connection.executeQuery(query)
    if (this.#isBegun) {
      const error = new Error('The transaction was ended by one of its own statements')
      return Promise.reject(error)
    }
    return this.#executeAlone(query)
  }

  streamQuery<Row>(query: CompiledQuery, size: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery(query, size)
  }

  async #executeAlone<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    await this.#lock.take()
    try {
      const result = await this.#connection.executeQuery<Row>(query)
      this.#sqlite.execute('COMMIT')
      return result
    } catch (error) {
      if (this.#sqlite.isInTransaction) this.#sqlite.execute('ROLLBACK')
      throw error
    }
  }
}
