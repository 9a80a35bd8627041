import type { RoomMessage } from '@yektayar/protocol'
import { sql } from 'kysely'
import { compileOnce } from '../store/compileOnce.js'
import { isOneOf } from '../store/isOneOf.js'
import type { Database } from '../store/openDatabase.js'
import { MAX_JOINED } from './roomAppends.js'
import type { NewMessage } from './roomAppends.js'

/** The end of a room's log. */
export interface RoomHead {
  readonly room: string
  readonly epoch: string
  /** Of the newest message; before the first one, the number that comes before it. */
  readonly seq: number
}

/** A part of a log. */
export interface RoomRange {
  /** Only messages after this one. @default from the oldest */
  after?: number | undefined
  /** Only messages before this one. @default to the newest */
  before?: number | undefined
  /** How many at the most: the first ones where `after` is given, else the last ones. */
  limit: number
}

/** The store, and what its logs are named by. */
export interface RoomStore {
  readonly database: Database
  readonly epoch: string
}

/** The store of rooms in a database. */
export async function openRoomStore(database: Database): Promise<RoomStore> {
  const { epoch } = await database.selectFrom('store').select('epoch').executeTakeFirstOrThrow()
  return { database, epoch }
}

/** A room without a row begins, or begins again, beyond the numbers of all removed rooms. */
const runSelectHead = compileOnce<{ name: string }, { seq: number }>((database, value) =>
  // One statement, so that no room is begun or removed between two looks.
  database.selectFrom('store').select((store) => {
    const room = store.selectFrom('rooms').select('seq').where('name', '=', value('name'))
    return store.fn.coalesce(room, 'removed_seq').as('seq')
  }),
)

/** The end of a room's log. */
export async function selectHead({ database, epoch }: RoomStore, room: string): Promise<RoomHead> {
  const [head] = await runSelectHead(database, { name: room })
  return { room, epoch, seq: head?.seq ?? 0 }
}

/** The ends of the logs of those rooms that have a row. */
export async function selectHeads(
  { database, epoch }: RoomStore,
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

/** Messages of a log in their order. */
export async function selectMessages(
  { database, epoch }: RoomStore,
  room: string,
  { after, before, limit }: RoomRange,
): Promise<RoomMessage[]> {
  const isForward = after !== undefined
  const seq = sql<number>`last_seq - json_array_length(messages) + 1 + item.key`
  const item = sql<{ key: number; value: string }>`json_each(messages)`.as('item')
  let query = database
    .selectFrom(['room_messages', item])
    .select([seq.as('seq'), 'item.value', 'at'])
    .where('room', '=', room)
  if (isForward) query = query.where('last_seq', '>', after).where(seq, '>', after)
  if (before !== undefined) {
    query = query.where('last_seq', '<', before + MAX_JOINED).where(seq, '<', before)
  }
  const direction = isForward ? 'asc' : 'desc'
  const rows = await query
    .orderBy('last_seq', direction)
    .orderBy('item.key', direction)
    .limit(limit)
    .execute()
  if (!isForward) rows.reverse()
  return rows.map((row) => {
    const { id, from, data } = JSON.parse(row.value) as NewMessage // written by RoomAppends alone
    return { room, epoch, seq: row.seq, id, from, data, at: new Date(row.at).toISOString() }
  })
}
