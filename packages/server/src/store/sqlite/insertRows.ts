import { CompiledQuery } from 'kysely'
import type { Insertable } from 'kysely'
import type { Database } from './openDatabase.js'
import type { Schema } from './schema.js'

/** Rows per statement: few sizes, so that each statement is built and prepared only once. */
const SIZES = [100, 25, 5, 1]

/** What to insert, and what to do with a row whose key exists. */
export interface Insertion<Table extends keyof Schema> {
  readonly table: Table
  /** In the order of the values in each row. */
  readonly columns: readonly (keyof Insertable<Schema[Table]> & string)[]
  /** The columns of the key, and those that get the values of the new row. */
  readonly replace?: { readonly key: string; readonly columns: readonly string[] }
}

/**
 * Inserts many rows quickly. Kysely would compile a statement of thousands of values each time.
 */
export function prepareInsertion<Table extends keyof Schema>(
  insertion: Insertion<Table>,
): (database: Database, rows: readonly (readonly unknown[])[]) => Promise<void> {
  const statements = SIZES.map((size) => ({ size, statement: statementOf(insertion, size) }))
  return async (database, rows) => {
    let start = 0
    for (const { size, statement } of statements) {
      for (; rows.length - start >= size; start += size) {
        const values: unknown[] = [] // `flat()` takes longer than the database
        for (let row = start; row < start + size; row++) values.push(...(rows[row] ?? []))
        await database.executeQuery(CompiledQuery.raw(statement, values))
      }
    }
  }
}

function statementOf<Table extends keyof Schema>(
  { table, columns, replace }: Insertion<Table>,
  size: number,
): string {
  const row = `(${columns.map(() => '?').join(', ')})`
  const rows = Array.from({ length: size }, () => row).join(', ')
  const statement = `insert into ${table} (${columns.join(', ')}) values ${rows}`
  if (!replace) return statement
  const values = replace.columns.map((column) => `${column} = excluded.${column}`)
  return `${statement} on conflict (${replace.key}) do update set ${values.join(', ')}`
}
