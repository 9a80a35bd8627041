import { OptionError } from '../shared/optionError.js'
import { shownUrl } from '../shared/shownUrl.js'
import { isPostgresUrl } from './postgres/postgresUrl.js'
import { openSqliteStore } from './sqlite/sqliteStore.js'
import type { StoreDeps } from './sqlite/sqliteStore.js'
import { isSqliteUrl } from './sqlite/sqliteUrl.js'
import type { Store } from './store.js'

/** Whether `openStore` understands a database address. */
export function isDatabaseUrl(url: string): boolean {
  return isSqliteUrl(url) || isPostgresUrl(url)
}

/** Whether an address names a Redis. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?:\/\//.test(url) && URL.canParse(url)
}

/**
 * Opens the store, creates it if it does not exist, and migrates it.
 *
 * @throws {OptionError} for an address that is not understood
 */
export async function openStore(deps: StoreDeps): Promise<Store> {
  checkRedisUrl(deps)
  if (isSqliteUrl(deps.databaseUrl)) return openSqliteStore(deps)
  if (isPostgresUrl(deps.databaseUrl)) {
    const { openPostgresStore } = await import('./postgres/postgresStore.js') // only where it is used
    return openPostgresStore(deps)
  }
  const given = shownUrl(deps.databaseUrl)
  throw new OptionError(
    `databaseUrl is "${given}"; allowed: sqlite:<path>, sqlite::memory:, postgres://…`,
  )
}

function checkRedisUrl({ redisUrl, databaseUrl }: StoreDeps): void {
  if (redisUrl === undefined) return
  if (!isRedisUrl(redisUrl)) {
    throw new OptionError(`redisUrl is "${shownUrl(redisUrl)}"; allowed: redis://…, rediss://…`)
  }
  if (!isPostgresUrl(databaseUrl)) {
    throw new OptionError(
      `redisUrl is set, but databaseUrl is "${shownUrl(databaseUrl)}": Redis only carries news between ` +
        'processes on PostgreSQL. Set databaseUrl to postgres://…, or leave out redisUrl',
    )
  }
}
