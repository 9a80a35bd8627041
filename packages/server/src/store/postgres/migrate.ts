import { Migrator } from 'kysely'
import type { Migration } from 'kysely'
import { OptionError } from '../../shared/optionError.js'
import { createStoreTables } from './migrations/0001Store.js'
import { appendInOneCall } from './migrations/0002AppendInOneCall.js'
import { createLimits } from './migrations/0003Limits.js'
import { createKnownSessionsTable } from './migrations/0004KnownSessions.js'
import { shareUsage } from './migrations/0005SharedUsage.js'
import { kyselyOf } from './kyselyOf.js'
import type { Connection, Connections } from './pool.js'

/** The schema of all tables of the store, which shares a database with the tables of an app. */
const SCHEMA = 'yektayar'

/** The key of the lock under which one process after the other creates and changes tables. */
const LOCK = 7_233_985

/**
 * Lifts the limits of a connection, also those of its role: a process that starts on a busy machine may
 * stand still between two statements, and changing a large table takes long. Not every version has all.
 */
const LIFT_LIMITS = `select set_config(name, '0', false) from pg_settings where name in
  ('idle_in_transaction_session_timeout', 'statement_timeout', 'transaction_timeout')`

const migrations: Record<string, Migration> = {
  '0001_store': createStoreTables,
  '0002_append_in_one_call': appendInOneCall,
  '0003_limits': createLimits,
  '0004_known_sessions': createKnownSessionsTable,
  '0005_shared_usage': shareUsage,
}

/**
 * Brings the store to the newest schema; does nothing when it is there already. Other processes wait.
 *
 * @param connection runs all of it; its settings are changed
 * @throws {OptionError} for a store that a newer version has written, which stays as it is
 */
export async function migrate(connection: Connection): Promise<void> {
  const kept: Connection = { ...connection, release: () => undefined }
  const database = kyselyOf<object>({ connect: () => Promise.resolve(kept) })
  await oneAfterTheOther(connection, async () => {
    await requireKnown(connection)
    const migrator = new Migrator({
      db: database,
      migrationTableSchema: SCHEMA,
      provider: { getMigrations: () => Promise.resolve(migrations) },
    })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) {
      throw new Error('The database could not be migrated', { cause: error })
    }
  })
}

/**
 * Changes tables while no other process does: not even `create table if not exists` may run twice at
 * the same time.
 *
 * @param connection holds the lock; its settings are changed
 */
export async function oneAfterTheOther(connection: Connection, work: () => unknown): Promise<void> {
  await connection.query(LIFT_LIMITS)
  const lock = `select pg_advisory_lock(${String(LOCK)})`
  await connection.query(`begin; set local lock_timeout = 0; ${lock}; commit`) // a long migration is no failure
  try {
    await work()
  } finally {
    await connection.query('select pg_advisory_unlock($1)', [LOCK])
  }
}

/** Connections whose transactions may be idle and take long. Each is closed after its use. */
export function patient({ connect }: Pick<Connections, 'connect'>): Pick<Connections, 'connect'> {
  return {
    async connect() {
      const connection = await connect()
      const close = (): void => {
        connection.release(true)
      }
      try {
        await connection.query(LIFT_LIMITS)
      } catch (error) {
        close()
        throw error
      }
      return { ...connection, release: close }
    },
  }
}

/** @throws {OptionError} */
async function requireKnown(connection: Connection): Promise<void> {
  const tables = await connection.query<{ found: string | null }>(
    `select to_regclass('${SCHEMA}.kysely_migration') as found`,
  )
  if (tables.rows[0]?.found == null) return // a new store
  const made = await connection.query<{ name: string }>(
    `select name from ${SCHEMA}.kysely_migration`,
  )
  const unknown = made.rows.map(({ name }) => name).filter((name) => !(name in migrations))
  if (unknown.length === 0) return
  throw new OptionError(
    `The database was written by a newer version of @yektayar/server (it has ${unknown.join(', ')}). ` +
      'Start that version again, or restore a backup from before it; nothing was changed.',
  )
}
