import type { SqliteStatement } from 'kysely'
import type { ColumnDefinition } from 'libsql'

/** How a column is declared in `create table`. */
const BOOLEAN = /^bool(?:ean)?$/i

/** The columns of a statement's rows that were declared boolean, which SQLite keeps as 0 and 1. */
export function booleanColumns(columns: readonly ColumnDefinition[]): string[] {
  return columns.filter(({ type }) => BOOLEAN.test(type ?? '')).map(({ name }) => name)
}

/** A statement whose rows have `true` and `false` in these columns. */
export function readBooleans(
  statement: SqliteStatement,
  columns: readonly string[],
): SqliteStatement {
  if (columns.length === 0) return statement
  const convert = (given: unknown): unknown => {
    const row = given as Record<string, unknown> // a row is an object
    for (const name of columns) {
      const value = row[name]
      if (value === 0 || value === 1) row[name] = value === 1
    }
    return row
  }
  return {
    reader: statement.reader,
    all: (values) => statement.all(values).map(convert),
    run: (values) => statement.run(values),
    *iterate(values) {
      for (const row of statement.iterate(values)) yield convert(row)
    },
  }
}
