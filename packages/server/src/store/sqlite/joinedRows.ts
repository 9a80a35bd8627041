import { sql } from 'kysely'
import type { AliasedRawBuilder } from 'kysely'

/** What a query answers with whose rows come as one. */
export interface JoinedRows {
  /** JSON: an array with an array of columns for each row. */
  readonly rows: string
}

/** Selects all rows as one, since each row that is handed over costs more than to find it. */
export function joinRows(...columns: readonly string[]): AliasedRawBuilder<string, 'rows'> {
  const names = sql.join(columns.map((column) => sql.ref(column)))
  return sql<string>`json_group_array(json_array(${names}))`.as('rows')
}

/** Takes the rows apart again. */
export function splitRows<Row extends readonly unknown[]>([found]: readonly JoinedRows[]): Row[] {
  return JSON.parse(found?.rows ?? '[]') as Row[] // as selected
}
