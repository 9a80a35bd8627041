import { chromium } from '../lib/chromium.mjs'
import { nginx } from '../lib/nginx.mjs'
import { pgbouncer } from '../lib/pgbouncer.mjs'
import { hasPostgres } from '../lib/postgres.mjs'
import { say } from '../lib/progress.mjs'
import { promtool } from '../lib/promtool.mjs'
import { redis } from '../lib/redis.mjs'

/** What the tests in a browser need. */
export const browserProgram = { find: chromium, variable: 'CHROMIUM_PATH' }

/** What the tests of a store in PostgreSQL use besides it. */
export const storePrograms = [
  {
    find: redis,
    variable: 'REDIS_PATH',
    warning: '! There is no Redis: news by Redis are NOT tested.',
  },
  {
    find: pgbouncer,
    variable: 'PGBOUNCER_PATH',
    warning: '! There is no PgBouncer: what poolers do to the store is NOT tested.',
  },
]

/** What the tests without a browser use. */
export const unitPrograms = [
  {
    find: promtool,
    variable: 'PROMTOOL_PATH',
    warning: '! There is no promtool: metrics and alerts are NOT checked by it.',
  },
  {
    find: nginx,
    variable: 'NGINX_PATH',
    warning: '! There is no nginx: what it does to connections is NOT tested.',
  },
  ...storePrograms,
]

/**
 * Finds or installs programs, one after the other as apt does. Says which ones are missing, since their
 * tests are skipped. Resolves with their paths by the variables that name them to the tests.
 *
 * @param found gets the paths
 */
export async function findPrograms(list, found = {}) {
  const failures = []
  for (const { find, variable, warning } of list) {
    try {
      const path = await find()
      if (path) found[variable] = path
      else say(warning)
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length > 0) throw failures[0]
  return found
}

/** Says that there is no PostgreSQL, where that is so. */
export function warnOfPostgres() {
  if (!hasPostgres()) say('! There is no PostgreSQL: nothing that uses it is tested.')
}
