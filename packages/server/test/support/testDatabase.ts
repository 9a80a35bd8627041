import { startPostgres } from '@yektayar/testing'
import type { TestPostgres } from '@yektayar/testing'
import { onTestFinished } from 'vitest'
import { followFakedClock } from './fakedClock.js'
import { queryPostgres } from './queryPostgres.js'

/** How long it may take to drop a database of a busy server. */
const DROP_MS = 30_000

let postgres: Promise<TestPostgres> | undefined

/** Whether the tests of the server run on PostgreSQL: `STORE=postgres`. */
export const isOnPostgres = process.env.STORE === 'postgres'

if (isOnPostgres) followFakedClock()

/**
 * The address of an empty PostgreSQL database for the test that is running. Without
 * `TEST_DATABASE_URL` its server ends with this process; in a given server it is dropped after the test.
 */
export async function emptyPostgres(): Promise<string> {
  const url = process.env.TEST_DATABASE_URL ? await databaseOfTest() : await createDatabase()
  if (isOnPostgres) await findTablesOfStore(url)
  return url
}

async function databaseOfTest(): Promise<string> {
  const { url, close } = await startPostgres()
  onTestFinished(close, DROP_MS)
  return url
}

async function createDatabase(): Promise<string> {
  if (postgres) return (await postgres).createDatabase()
  postgres = startPostgres()
  return (await postgres).url
}

/** Lets tests that were written for SQLite name the tables of the store without their schema. */
async function findTablesOfStore(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await queryPostgres(url, `alter database "${name}" set search_path = public, yektayar`)
}

/** The address of an empty store. */
export async function emptyStore(): Promise<string> {
  return isOnPostgres ? emptyPostgres() : 'sqlite::memory:'
}
