import { CompiledQuery, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type {
  DatabaseConnection,
  DatabaseIntrospector,
  Dialect,
  Driver,
  Kysely,
  QueryCompiler,
  QueryResult,
} from 'kysely'
import { RecentMap } from '../../shared/recentMap.js'
import { bindValues, countParameters } from './bindValues.js'
import type { ThreadLink } from './threadLink.js'

/** How many statements' parameter counts are cached; an app may use any number of statements. */
const MAX_STATEMENTS = 200

/** Kysely's dialect of a database whose queries run in the thread of the store. */
export class ThreadDialect implements Dialect {
  readonly #link: ThreadLink
  readonly #transaction: number | undefined

  /** @param transaction in which all queries run. @default none, or one that Kysely begins */
  constructor(link: ThreadLink, transaction?: number) {
    this.#link = link
    this.#transaction = transaction
  }

  createAdapter(): SqliteAdapter {
    return new SqliteAdapter()
  }

  createDriver(): Driver {
    return new ThreadDriver(this.#link, this.#transaction)
  }

  createIntrospector(database: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(database)
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }
}

class ThreadDriver implements Driver {
  readonly #link: ThreadLink
  readonly #transaction: number | undefined

  constructor(link: ThreadLink, transaction: number | undefined) {
    this.#link = link
    this.#transaction = transaction
  }

  async init(): Promise<void> {
    // The thread has opened the file.
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(new ThreadConnection(this.#link, this.#transaction))
  }

  async beginTransaction(connection: ThreadConnection): Promise<void> {
    if (this.#transaction !== undefined) throw new Error('A transaction is open already')
    connection.transaction = await this.#link.ask<number>({ op: 'begin' })
  }

  async commitTransaction(connection: ThreadConnection): Promise<void> {
    await this.#link.ask({ op: 'end', transaction: connection.openTransaction() })
    connection.transaction = undefined
  }

  async rollbackTransaction(connection: ThreadConnection): Promise<void> {
    const transaction = connection.openTransaction()
    connection.transaction = undefined
    await this.#link.ask({ op: 'rollBack', transaction })
  }

  async releaseConnection(): Promise<void> {
    // There is nothing to release.
  }

  async destroy(): Promise<void> {
    // The owner of the link ends the thread.
  }
}

const counts = new RecentMap<string, { readonly count: number | undefined }>(MAX_STATEMENTS)

class ThreadConnection implements DatabaseConnection {
  transaction: number | undefined
  readonly #link: ThreadLink

  constructor(link: ThreadLink, transaction: number | undefined) {
    this.#link = link
    this.transaction = transaction
  }

  openTransaction(): number {
    if (this.transaction === undefined) throw new Error('There is no transaction')
    return this.transaction
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const known = counts.get(sql) ?? { count: countParameters(sql) }
    counts.set(sql, known)
    const bound = bindValues(sql, parameters, known.count) // checked before they are posted
    const { transaction } = this
    return this.#link.ask({ op: 'query', transaction, sql, parameters: bound })
  }

  /** Returns all rows at once: a stream that is not read to its end would block writes. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query)
  }
}
