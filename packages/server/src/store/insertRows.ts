import { CompiledQuery } from 'kysely'
import type { Insertable } from 'kysely'
import type { Database } from './openDatabase.js'
import type { Schema } from './schema.js'

/** What is inserted, and what becomes of a row whose key is taken. */
export interface Insertion<Table extends keyof Schema> {
  readonly table: Table
  /** In the order in which each row has its values. */
  readonly columns: readonly (keyof Insertable<Schema[Table]> & string)[]
  /** The columns that hold JSON: a row has the value itself. */
  readonly jsonColumns?: readonly string[]
  /** The columns that make the key, and those that take the values of the new row. */
  readonly replace?: { readonly key: string; readonly columns: readonly string[] }
}

/**
 * Inserts many rows where each microsecond counts: as one JSON text, since to hand over a value
 * costs more than to store it. One statement does for any number of rows.
 */
export function prepareInsertion<Table extends keyof Schema>(
  insertion: Insertion<Table>,
): (database: Database, rows: readonly (readonly unknown[])[]) => Promise<void> {
  const statement = statementOf(insertion)
  return async (database, rows) => {
    await database.executeQuery(CompiledQuery.raw(statement, [JSON.stringify(rows)]))
  }
}

function statementOf<Table extends keyof Schema>({
  table,
  columns,
  jsonColumns = [],
  replace,
}: Insertion<Table>): string {
  const values = columns.map((column, index) => {
    const operator = jsonColumns.includes(column) ? '->' : '->>'
    return `value ${operator} ${String(index)}`
  })
  // Without a condition, SQLite would take the conflict for one of a join.
  const select = `select ${values.join(', ')} from json_each(?) where true`
  const statement = `insert into ${table} (${columns.join(', ')}) ${select}`
  if (!replace) return statement
  const replaced = replace.columns.map((column) => `${column} = excluded.${column}`)
  return `${statement} on conflict (${replace.key}) do update set ${replaced.join(', ')}`
}
