import type { Compilable, CompiledQuery, QueryResult } from 'kysely'
import type { MaybePromise } from '../../shared/maybePromise.js'
import type { Database } from './openDatabase.js'
import { readAtOnce } from './readAtOnce.js'

/** A placeholder for a value that is passed when the query runs. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query that Kysely compiles once. Compiling takes several times as long as running it.
 *
 * @param build gets a function that returns a placeholder for a value
 */
export function compileOnce<Values extends object, Row>(
  build: (
    database: Database,
    value: <Name extends keyof Values & string>(name: Name) => Values[Name],
  ) => Compilable<Row>,
): (database: Database, values: Values) => MaybePromise<Row[]> {
  let compiled: CompiledQuery<Row> | undefined
  return (database, values) => {
    compiled ??= build(database, (name) => new Placeholder(name) as never).compile() // not read as a value
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    )
    const rows = readAtOnce(database, compiled.sql, parameters) as Row[] | undefined // as it was built
    return rows ?? database.executeQuery<Row>({ ...compiled, parameters }).then(rowsOf)
  }
}

function rowsOf<Row>({ rows }: QueryResult<Row>): Row[] {
  return rows
}
