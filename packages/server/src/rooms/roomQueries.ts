import type { RoomMessage } from '@yektayar/protocol'
import type { Database } from '../store/openDatabase.js'
import type { RoomMessageRow } from '../store/schema.js'

/** The end of a room's log. */
export interface RoomHead {
  readonly room: string
  readonly epoch: string
  /** Of the newest message; 0 for none. */
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

/** The ends of the logs that exist, of the rooms that are asked for. */
export async function selectHeads(
  database: Database,
  rooms: readonly string[],
): Promise<RoomHead[]> {
  if (rooms.length === 0) return []
  const rows = await database
    .selectFrom('rooms')
    .select(['name', 'epoch', 'seq'])
    .where('name', 'in', rooms)
    .execute()
  return rows.map(({ name, epoch, seq }) => ({ room: name, epoch, seq }))
}

/** Messages of a log in their order. */
export async function selectMessages(
  database: Database,
  { room, epoch }: RoomHead,
  { after, before, limit }: RoomRange,
): Promise<RoomMessage[]> {
  const isForward = after !== undefined
  let query = database.selectFrom('room_messages').selectAll().where('room', '=', room)
  if (isForward) query = query.where('seq', '>', after)
  if (before !== undefined) query = query.where('seq', '<', before)
  const rows = await query
    .orderBy('seq', isForward ? 'asc' : 'desc')
    .limit(limit)
    .execute()
  return (isForward ? rows : rows.reverse()).map((row) => fromRow(row, epoch))
}

function fromRow({ room, seq, id, sender, data, at }: RoomMessageRow, epoch: string): RoomMessage {
  return {
    room,
    epoch,
    seq,
    id,
    from: sender,
    data: JSON.parse(data) as RoomMessage['data'], // written by RoomAppends alone
    at: new Date(at).toISOString(),
  }
}
