import { sql } from 'kysely'
import { expect } from 'vitest'
import { sweepOutboxes } from '../src/once/sweepOutboxes.js'
import { SurplusNotes } from '../src/rooms/surplusNotes.js'
import { sweepRooms, sweepSurplus } from '../src/rooms/sweepRooms.js'
import { defaultLimits } from '../src/shared/limits.js'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import type { Database } from '../src/store/sqlite/openDatabase.js'
import { SweepPace } from '../src/store/sweepPace.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { openTestStore } from './support/openTestStore.js'
import { itSqlite } from './support/sqliteOnly.js'

/** Five times what a sweep may take of a turn, plus the wait for a shared disk. */
const GUARD_MS = 100

/** Other tests may take the processor away for longer than that. */
const busy = { retry: 2 }

const limits = { ...defaultLimits, roomRetentionMessages: 40 }
const OLD = Date.now() - 2 * limits.roomRetentionMs

/** Inserts rooms that are due for a sweep, each with one old message. */
async function insertRooms(database: Database, count: number, at: number): Promise<void> {
  await sql`
    insert into rooms (name, seq)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    select 'public:' || i, 100 from n`.execute(database)
  await sql`
    insert into room_messages (room, last_seq, messages, at)
    select name, seq, '[{"id":"x","from":"server","data":1}]', ${at} from rooms`.execute(database)
}

/** Measures the longest time for which some work blocks the event loop, and counts the turns. */
async function watchLoop(work: () => Promise<unknown>) {
  let longestMs = 0
  let turns = 0
  let lastAt = performance.now()
  const look = (): void => {
    longestMs = Math.max(longestMs, performance.now() - lastAt)
    lastAt = performance.now()
    turns++
  }
  const timer = setInterval(look, 1)
  await work()
  look()
  clearInterval(timer)
  return { longestMs, turns }
}

async function countRows(database: Database, table: 'rooms' | 'room_messages' | 'outbox_answers') {
  const counted = await database
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return counted.count
}

itSqlite(
  'a sweep of 10,000 rooms that are due leaves the event loop free in between',
  busy,
  async () => {
    await using store = await openTestStore({ limits })
    const { database, upkeep } = store
    await insertRooms(database, 10_000, OLD)
    const surplus = new SurplusNotes(limits.roomRetentionMessages)
    const pace = new SweepPace(limits.sweepTurnMs)
    const { longestMs, turns } = await watchLoop(async () => {
      await sweepSurplus({ upkeep, surplus, pace, isLeading: true })
      await sweepRooms({ upkeep, pace, now: Date.now() })
    })
    expect(await countRows(database, 'rooms')).toBe(0)
    expect(await countRows(database, 'room_messages')).toBe(0)
    expect(turns).toBeGreaterThan(20)
    expect(longestMs).toBeLessThan(GUARD_MS)
  },
)

itSqlite('a second sweep looks at no room that has not become due', async () => {
  await using store = await openTestStore({ limits })
  const { database, upkeep } = store
  await insertRooms(database, 2_000, Date.now())
  const surplus = new SurplusNotes(limits.roomRetentionMessages)
  const sweep = async () => {
    const pace = new SweepPace(limits.sweepTurnMs)
    await sweepSurplus({ upkeep, surplus, pace, isLeading: true })
    await sweepRooms({ upkeep, pace, now: Date.now() })
  }
  const first = await watchLoop(sweep)
  const second = await watchLoop(sweep)
  expect(second.turns).toBeLessThan(first.turns / 10)
  expect(await countRows(database, 'rooms')).toBe(2_000)
})

itSqlite(
  'a sweep of old answers and outboxes leaves the event loop free in between',
  busy,
  async () => {
    await using store = await openTestStore({ limits })
    const { database, upkeep } = store
    await sql`
    insert into outbox_answers (outbox_id, last_n, answers, at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 30000)
    select 'outbox', i, '[]', ${OLD} from n`.execute(database)
    await sql`
    insert into sessions (id, metadata, created_at, expires_at, last_activity_at)
    values ('alive', '{}', 0, 0, 0)`.execute(database)
    await sql`
    insert into outboxes (id, session_id, last_n, used_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
    select 'outbox' || i, case i % 4 when 0 then 'alive' else 'gone' end, 1, ${OLD} from n
  `.execute(database)
    const pace = new SweepPace(limits.sweepTurnMs)
    const { longestMs, turns } = await watchLoop(() =>
      sweepOutboxes({ upkeep, pace, now: Date.now() }),
    )
    expect(await countRows(database, 'outbox_answers')).toBe(0)
    const kept = await database.selectFrom('outboxes').select('session_id').execute()
    expect(kept).toEqual(Array.from({ length: 250 }, () => ({ session_id: 'alive' })))
    expect(turns).toBeGreaterThan(3)
    expect(longestMs).toBeLessThan(GUARD_MS)
  },
)

itSqlite('a server that closes does not wait for its sweep', async () => {
  await using directory = await temporaryDirectory()
  const { databaseUrl } = directory
  const database = await openDatabase(databaseUrl, 1_000)
  await insertRooms(database, 20_000, OLD)
  const context = await startServer({ databaseUrl })
  const startedAt = performance.now()
  await context[Symbol.asyncDispose]()
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  expect(await countRows(database, 'rooms')).toBeGreaterThan(0)
  await database.destroy()
})
