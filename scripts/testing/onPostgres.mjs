import { bin } from '../lib/bin.mjs'
import { run } from '../lib/run.mjs'
import { findPrograms, unitPrograms } from './programs.mjs'

const args = ['run', '--project', 'unit', '--project', 'unit-mocked', 'packages/server/test/']

/**
 * Runs the server's tests on PostgreSQL. They share one server, in which each has databases of its
 * own.
 *
 * @throws {Error} where there is no PostgreSQL; it says how to get one
 */
export async function onPostgres() {
  const programs = await findPrograms(unitPrograms)
  // Built by the set-up of these scripts.
  const { startPostgres } = await import('../../packages/testing/dist/index.js')
  const postgres = await startPostgres()
  try {
    const env = { STORE: 'postgres', TEST_DATABASE_URL: postgres.url, ...programs }
    return await run(bin('vitest'), args, { env })
  } finally {
    await postgres.close()
  }
}
