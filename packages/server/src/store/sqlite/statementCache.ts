import type { SqliteStatement } from 'kysely'
import { RecentMap } from '../../shared/recentMap.js'
import { bindValues, countParameters } from './bindValues.js'
import { ofStore } from '../storeFailure.js'

/** More statements than the house has; an app's own may be without end. */
const MAX_STATEMENTS = 200

/**
 * Statements by their SQL, so that each is prepared once; those not used for long are forgotten.
 * The one way to native code, so the values of every statement are checked here.
 */
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

  /** Drops all statements: each keeps the files of the database open. */
  clear(): void {
    this.#statements.clear()
  }

  /** One that fails is not used again: it may not be at its end. */
  #make(sql: string): SqliteStatement {
    const prepare = (): SqliteStatement => {
      try {
        return this.#prepare(sql)
      } catch (error) {
        throw ofStore(error)
      }
    }
    const statement = prepare()
    const count = countParameters(sql)
    const bind = (values: readonly unknown[]): readonly unknown[] => bindValues(sql, values, count)
    const orForget = <Result>(work: () => Result): Result => {
      try {
        return work()
      } catch (error) {
        this.#statements.delete(sql)
        throw ofStore(error)
      }
    }
    return {
      reader: statement.reader,
      all(values) {
        const bound = bind(values)
        return orForget(() => statement.all(bound))
      },
      run(values) {
        const bound = bind(values)
        return orForget(() => statement.run(bound))
      },
      iterate: (values) => prepare().iterate(bind(values)), // may be left before its end
    }
  }
}
