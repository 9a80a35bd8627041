import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { StoreValueError } from '../storeValueError.js'

/** Whether a column has one of these texts. The statement is the same for any number of texts. */
export function isOneOf(column: string, texts: readonly string[]): RawBuilder<boolean> {
  if (!texts.every((text) => typeof text === 'string')) {
    throw new StoreValueError(`The values for ${column} are not all texts`, column)
  }
  return isOneOfJson(column, JSON.stringify(texts))
}

/** The same for texts in a JSON array. */
export function isOneOfJson(column: string, texts: string): RawBuilder<boolean> {
  return sql`${sql.ref(column)} in (select value from json_each(${texts}))`
}
