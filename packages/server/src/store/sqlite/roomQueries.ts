import { sql } from 'kysely'
import { whenSettled } from '../../shared/maybePromise.js'
import type { MaybePromise } from '../../shared/maybePromise.js'
import type { RoomHead, RoomState } from '../store.js'
import { compileOnce } from './compileOnce.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** The database, and the epoch of its logs. */
export interface RoomLogs {
  readonly database: Database
  readonly epoch: string
}

/** The head of a room without a row is the highest number of all removed rooms. */
const runSelectState = compileOnce<{ name: string }, { seq: number; used_at: number | null }>(
  (database, value) =>
    // One statement, so that no room is created or removed between two reads.
    database
      .selectFrom('store')
      .leftJoin('rooms', (join) => join.on('rooms.name', '=', value('name')))
      .select((row) => [
        row.fn.coalesce('rooms.seq', 'store.removed_seq').as('seq'),
        'rooms.used_at',
      ])
      .limit(sql.lit(1)),
)

/** The end of a room's log, and when use of the room was last recorded. */
export function selectState({ database, epoch }: RoomLogs, room: string): MaybePromise<RoomState> {
  return whenSettled(runSelectState(database, { name: room }), ([found]) => ({
    head: { room, epoch, seq: found?.seq ?? 0 },
    usedAt: found?.used_at ?? undefined,
  }))
}

/** The end of a room's log. */
export async function selectHead(logs: RoomLogs, room: string): Promise<RoomHead> {
  return (await selectState(logs, room)).head
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
