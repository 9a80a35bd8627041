import type { SqliteStatement } from 'kysely'
import { keepRecent } from '../keepRecent.js'

/** More statements than the house has; an app's own may be without end. */
const MAX_STATEMENTS = 200

/** Statements by their SQL, so that each is prepared once; the one used longest ago is forgotten. */
export class StatementCache {
  readonly #prepare: (sql: string) => SqliteStatement
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(prepare: (sql: string) => SqliteStatement) {
    this.#prepare = prepare
  }

  get(sql: string): SqliteStatement {
    const statement = this.#statements.get(sql) ?? this.#make(sql)
    keepRecent(this.#statements, sql, statement, MAX_STATEMENTS)
    return statement
  }

  /** One that fails is not used again: it may not be at its end. */
  #make(sql: string): SqliteStatement {
    const statement = this.#prepare(sql)
    const orForget = <Result>(work: () => Result): Result => {
      try {
        return work()
      } catch (error) {
        this.#statements.delete(sql)
        throw error
      }
    }
    return {
      reader: statement.reader,
      all: (values) => orForget(() => statement.all(values)),
      run: (values) => orForget(() => statement.run(values)),
      iterate: (values) => this.#prepare(sql).iterate(values), // may be left before its end
    }
  }
}
