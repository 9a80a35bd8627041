import { compileOnce } from './compileOnce.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** The end of a room's log. */
export interface RoomHead {
  readonly room: string
  readonly epoch: string
  /** Of the newest message; before the first one, the number that comes before it. */
  readonly seq: number
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
