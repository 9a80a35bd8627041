import { Migrator, sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'
import { OptionError } from '../../shared/optionError.js'
import { createSessions } from './migrations/0001Sessions.js'
import { createSessionTokens } from './migrations/0002SessionTokens.js'
import { createRooms } from './migrations/0003Rooms.js'
import { joinMessages } from './migrations/0004RoomMessages.js'
import { addOutboxKeys } from './migrations/0005OutboxKeys.js'
import { addRoomRemoval } from './migrations/0006RoomRemoval.js'
import { indexOutboxSessions } from './migrations/0007OutboxSessions.js'
import { addSweepClock } from './migrations/0008SweepClock.js'
import { addNews } from './migrations/0009News.js'
import { addRightsNews } from './migrations/0010RightsNews.js'
import { addPresenceData } from './migrations/0011PresenceData.js'
import { addEventNews } from './migrations/0012EventNews.js'
import type { Schema } from './schema.js'

const migrations: Record<string, Migration> = {
  '0001_sessions': createSessions,
  '0002_session_tokens': createSessionTokens,
  '0003_rooms': createRooms,
  '0004_room_messages': joinMessages,
  '0005_outbox_keys': addOutboxKeys,
  '0006_room_removal': addRoomRemoval,
  '0007_outbox_sessions': indexOutboxSessions,
  '0008_sweep_clock': addSweepClock,
  '0009_news': addNews,
  '0010_rights_news': addRightsNews,
  '0011_presence_data': addPresenceData,
  '0012_event_news': addEventNews,
}

const names = Object.keys(migrations)

/** How often a failing migration is tried. */
const MAX_LOOKS = 3

/**
 * Brings the store to the newest schema. One that has it already is only read, and never waits for
 * another process.
 *
 * @throws {OptionError} for a store that a newer version has written, which stays as it is
 */
export async function migrate(database: Kysely<Schema>): Promise<void> {
  if ((await requireKnown(database)) === names.length) return
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  })
  // Another process may create the migrator's own tables at the same time; a second try succeeds.
  for (let look = 1; ; look++) {
    const { error } = await migrator.migrateToLatest()
    if (error === undefined) return
    if (look === MAX_LOOKS) throw new Error('The database could not be migrated', { cause: error })
  }
}

/**
 * How many migrations the store has.
 *
 * @throws {OptionError}
 */
async function requireKnown(database: Kysely<Schema>): Promise<number> {
  const tables = await sql<object>`
    select 1 from sqlite_master where type = 'table' and name = 'kysely_migration'`.execute(
    database,
  )
  if (tables.rows.length === 0) return 0 // a new store
  const made = await sql<{ name: string }>`select name from kysely_migration`.execute(database)
  const unknown = made.rows.map(({ name }) => name).filter((name) => !names.includes(name))
  if (unknown.length === 0) return made.rows.length
  throw new OptionError(
    `The database was written by a newer version of @yektayar/server (it has ${unknown.join(', ')}). ` +
      'Start that version again, or restore a backup from before it; nothing was changed.',
  )
}
