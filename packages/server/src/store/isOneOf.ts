import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** Whether a column has one of some texts, however many there are: the statement is always the same. */
export function isOneOf(column: string, texts: readonly string[]): RawBuilder<boolean> {
  return sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(texts)}))`
}
