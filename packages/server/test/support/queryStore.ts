import Sqlite from 'libsql'
import { queryPostgres } from './queryPostgres.js'
import { isOnPostgres } from './testDatabase.js'

const PREFIX = 'sqlite:'

/** Runs a statement in a store, as an operator does while servers may use it. */
export async function queryStore(
  databaseUrl: string,
  statement: string,
): Promise<Record<string, unknown>[]> {
  if (isOnPostgres) return queryPostgres(databaseUrl, statement)
  const database = new Sqlite(databaseUrl.slice(PREFIX.length))
  try {
    database.exec('PRAGMA busy_timeout = 2000') // a server may be writing
    const prepared = database.prepare(statement)
    if (prepared.reader) return prepared.all() as Record<string, unknown>[] // each row is an object
    prepared.run()
    return []
  } finally {
    database.close()
  }
}
