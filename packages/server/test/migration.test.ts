import { Kysely, Migrator, sql } from 'kysely'
import { expect, it } from 'vitest'
import { createSessions } from '../src/store/sqlite/migrations/0001Sessions.js'
import { createSessionTokens } from '../src/store/sqlite/migrations/0002SessionTokens.js'
import { createRooms } from '../src/store/sqlite/migrations/0003Rooms.js'
import { openSqlite } from '../src/store/sqlite/openSqlite.js'
import { LockingSqliteDialect } from '../src/store/sqlite/sqliteDialect.js'
import { roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { describeSqlite } from './support/sqliteOnly.js'

interface OldTables {
  sessions: {
    id: string
    metadata: string
    created_at: number
    expires_at: number
    last_activity_at: number
  }
  rooms: { name: string; seq: number }
  room_messages: { room: string; seq: number; id: string; sender: string; data: string; at: number }
}

const ROOM = 'public:old'
const AT = Date.now() - 60_000
const LONG_AGO = Date.now() - 60 * 24 * 60 * 60_000
const values = ['It’s "quoted"\n', '\ud800', null, true, 1.5e300, ['a', { b: [] }], { c: '\u0000' }]

/** Writes messages in the old schema, where each message had a row with columns of its own. */
async function writeOldStore(path: string): Promise<void> {
  const dialect = new LockingSqliteDialect({ database: openSqlite(path), busyTimeoutMs: 1000 })
  const database = new Kysely<OldTables>({ dialect })
  const migrations = {
    '0001_sessions': createSessions,
    '0002_session_tokens': createSessionTokens,
    '0003_rooms': createRooms,
  }
  const provider = { getMigrations: () => Promise.resolve(migrations) }
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest()
  expect(error).toBeUndefined()
  await database.insertInto('rooms').values({ name: ROOM, seq: values.length }).execute()
  const rows = values.map((value, index) => ({
    room: ROOM,
    seq: index + 1,
    id: `id-${String(index)}`,
    sender: 'user:ali',
    data: JSON.stringify(value),
    at: AT,
  }))
  await database.insertInto('room_messages').values(rows).execute()
  const times = { created_at: LONG_AGO, expires_at: LONG_AGO, last_activity_at: LONG_AGO }
  await database
    .insertInto('sessions')
    .values({ id: 'a', metadata: '{}', ...times })
    .execute()
  await database.destroy()
}

describeSqlite('a store of an earlier version', () => {
  it('keeps its messages as they are, and its rooms go on', async () => {
    await using directory = await temporaryDirectory()
    await writeOldStore(directory.databasePath)
    await using context = await startServer({ databaseUrl: directory.databaseUrl })
    const client = await roomClient(context)
    for (const value of values) await client.send(ROOM, value)
    const { messages } = await client.join(ROOM)
    expect(messages.map(({ data }) => data)).toEqual([...values, ...values])
    expect(messages.map(({ seq }) => seq)).toEqual([...messages.keys()].map((index) => index + 1))
    expect(messages[1]).toMatchObject({
      id: 'id-1',
      from: 'user:ali',
      at: new Date(AT).toISOString(),
    })
  })
  it('is not swept at once by a clock that is far from its last use', async () => {
    await using directory = await temporaryDirectory()
    await writeOldStore(directory.databasePath)
    await using context = await startServer({ databaseUrl: directory.databaseUrl })
    expect(await context.server.sessions.sweep()).toBe(0)
    const { database } = context.server
    const sessions = await sql`select id from sessions`.execute(database)
    expect(sessions.rows).toEqual([{ id: 'a' }])
    const swept = await sql`select swept_at from store`.execute(database)
    expect(swept.rows).toEqual([{ swept_at: LONG_AGO }])
  })
})
