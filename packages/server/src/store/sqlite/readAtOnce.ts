import type { Kysely } from 'kysely'

/** Runs a query synchronously; `undefined` while a transaction is open, which it would read. */
export type ReadAtOnce = (sql: string, parameters: readonly unknown[]) => unknown[] | undefined

const readers = new WeakMap<object, ReadAtOnce>()

/** Lets a database be read without Kysely's queue, which takes as long as the reading itself. */
export function allowReadingAtOnce<Tables>(database: Kysely<Tables>, read: ReadAtOnce): void {
  readers.set(database, read)
}

/** The rows if the database can be read synchronously; a transaction never can. */
export function readAtOnce<Tables>(
  database: Kysely<Tables>,
  sql: string,
  parameters: readonly unknown[],
): unknown[] | undefined {
  return readers.get(database)?.(sql, parameters)
}
