import type { SqliteStatement } from 'kysely'
import { RecentMap } from '../../shared/recentMap.js'
import { bindValues, countParameters } from './bindValues.js'
import { ofStore } from '../storeFailure.js'

/** More statements than this package has; an app may use any number of its own. */
const MAX_STATEMENTS = 200

const CHANGES_SCHEMA = /^\s*(?:create|alter|drop)\b/i

/**
 * Prepared statements by their SQL; the least recently used are forgotten. All statements pass
 * through here on their way to native code, so their values are checked here.
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

  /** A statement that fails is not used again, since it may still be in progress. */
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
      run: (values) => {
        const bound = bind(values)
        const result = orForget(() => statement.run(bound))
        if (CHANGES_SCHEMA.test(sql)) this.clear() // the others know the columns from before
        return result
      },
      iterate: (values) => prepare().iterate(bind(values)), // not cached: may be left in progress
    }
  }
}
