import { startPostgres } from '@yektayar/testing'
import type { TestPostgres } from '@yektayar/testing'

let postgres: Promise<TestPostgres> | undefined

/** Whether the tests of the server run on PostgreSQL: `STORE=postgres`. */
export const isOnPostgres = process.env.STORE === 'postgres'

/** The address of an empty PostgreSQL database; its server ends with this process. */
export async function emptyPostgres(): Promise<string> {
  if (!postgres) {
    postgres = startPostgres()
    return (await postgres).url
  }
  return (await postgres).createDatabase()
}

/** The address of an empty store. */
export async function emptyStore(): Promise<string> {
  return isOnPostgres ? emptyPostgres() : 'sqlite::memory:'
}
