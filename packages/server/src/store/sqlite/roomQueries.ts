import { sql } from 'kysely'
import type { RoomHead } from '../store.js'
import { compileOnce } from './compileOnce.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** The database, and the epoch of its logs. */
export interface RoomLogs {
  readonly database: Database
  readonly epoch: string
}

/** The head of a room without a row is the highest number of all removed rooms. */
const runSelectHead = compileOnce<{ name: string }, { seq: number }>((database, value) =>
  // One statement, so that no room is created or removed between two reads.
  database.selectFrom('store').select((store) => {
    const room = store.selectFrom('rooms').select('seq').where('name', '=', value('name'))
    return store.fn.coalesce(room, 'removed_seq').as('seq')
  }),
)

/** The end of a room's log. */
export async function selectHead({ database, epoch }: RoomLogs, room: string): Promise<RoomHead> {
  const [head] = await runSelectHead(database, { name: room })
  return { room, epoch, seq: head?.seq ?? 0 }
}

/** The ends of the logs of those rooms that have a row. */
export async function selectHeads(
  { database, epoch }: RoomLogs,
  rooms: readonly string[],
): Promise<RoomHead[]> {
  if (rooms.length === 0) return []
  const rows = await database
    .selectFrom('rooms')
    .select(['name', 'seq'])
    .where(isOneOf('name', rooms))
    .execute()
  return rows.map(({ name, seq }) => ({ room: name, epoch, seq }))
}

const runSelectUsedAt = compileOnce<{ name: string }, { used_at: number }>((database, value) =>
  database.selectFrom('rooms').select('used_at').where('name', '=', value('name')),
)

/** When use of a room was last recorded; `undefined` for a room without a row. */
export async function selectUsedAt(database: Database, name: string): Promise<number | undefined> {
  const [room] = await runSelectUsedAt(database, { name })
  return room?.used_at
}

/** The rooms that have a row. */
export async function selectNames(database: Database, names: readonly string[]): Promise<string[]> {
  const rows = await database
    .selectFrom('rooms')
    .select('name')
    .where(isOneOf('name', names))
    .execute()
  return rows.map(({ name }) => name)
}

/** Gives rooms a row, and records that they are used. */
export async function insertUsedRooms(
  database: Database,
  rooms: readonly string[],
  now: number,
): Promise<void> {
  if (rooms.length === 0) return
  await sql`
    insert into rooms (name, seq, used_at, oldest_at)
    select value, removed_seq, ${now}, ${now} from store, json_each(${JSON.stringify(rooms)})
    where true
    on conflict (name) do update set used_at = excluded.used_at`.execute(database)
}
