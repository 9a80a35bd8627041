import { sql } from 'kysely'
import type { AliasedRawBuilder } from 'kysely'

/** The result of a query with `joinRows()`. */
export interface JoinedRows {
  /** JSON: an array with an array of columns for each row. */
  readonly rows: string
}

/** Selects all rows as one value, since passing a row from libsql costs more than finding it. */
export function joinRows(...columns: readonly string[]): AliasedRawBuilder<string, 'rows'> {
  const names = sql.join(columns.map((column) => sql.ref(column)))
  return sql<string>`json_group_array(json_array(${names}))`.as('rows')
}

/** Splits the value into its rows. */
export function splitRows<Row extends readonly unknown[]>([found]: readonly JoinedRows[]): Row[] {
  return JSON.parse(found?.rows ?? '[]') as Row[] // as selected
}
