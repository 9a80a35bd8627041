import type { SqliteStatement } from 'kysely'
import { RecentMap } from '../recentMap.js'

/** More statements than the house has; an app's own may be without end. */
const MAX_STATEMENTS = 200

/** Statements by their SQL, so that each is prepared once; those not used for long are forgotten. */
export class StatementCache {
  readonly #prepare: (sql: string) => SqliteStatement
  readonly #statements = new RecentMap<string, SqliteStatement>(MAX_STATEMENTS)

  constructor(prepare: (sql: string) => SqliteStatement) {
    this.#prepare = prepare
  }

  get(sql: string): SqliteStatement {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#make(sql)
    this.#statements.set(sql, statement)
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
