import type { Kysely } from 'kysely'

/** Runs a query now; `undefined` while a transaction is open, in the middle of which it would read. */
export type ReadAtOnce = (sql: string, parameters: readonly unknown[]) => unknown[] | undefined

const readers = new WeakMap<object, ReadAtOnce>()

/** Lets a database be read without a turn through Kysely's queue, which takes as long as the reading. */
export function allowReadingAtOnce<Tables>(database: Kysely<Tables>, read: ReadAtOnce): void {
  readers.set(database, read)
}

/** The rows, where the database can be read at once; a transaction never can. */
export function readAtOnce<Tables>(
  database: Kysely<Tables>,
  sql: string,
  parameters: readonly unknown[],
): unknown[] | undefined {
  return readers.get(database)?.(sql, parameters)
}
