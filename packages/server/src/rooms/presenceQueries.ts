import { isOneOf } from '../store/isOneOf.js'
import type { Database } from '../store/openDatabase.js'

/** Somebody in a room. */
export interface Presence {
  readonly room: string
  readonly member: string
}

/** Notes that somebody is in a room by way of a node. */
export async function insertPresence(
  database: Database,
  node: string,
  { room, member }: Presence,
): Promise<void> {
  await database
    .insertInto('presence')
    .values({ room, member, node })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Notes that somebody is not in a room any more by way of a node. */
export async function deletePresence(
  database: Database,
  node: string,
  { room, member }: Presence,
): Promise<void> {
  await database
    .deleteFrom('presence')
    .where('room', '=', room)
    .where('member', '=', member)
    .where('node', '=', node)
    .execute()
}

/** Who is in some rooms, each once. */
export async function selectPresence(
  database: Database,
  rooms: readonly string[],
): Promise<Presence[]> {
  if (rooms.length === 0) return []
  return database
    .selectFrom('presence')
    .select(['room', 'member'])
    .distinct()
    .where(isOneOf('room', rooms))
    .execute()
}

/** Gives a sign of life. */
export async function touchNode(database: Database, id: string, now: number): Promise<void> {
  await database
    .insertInto('nodes')
    .values({ id, seen_at: now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now }))
    .execute()
}

/** Removes the nodes that gave no sign of life, with those who were present by way of them. */
export async function deleteSilentNodes(database: Database, silentSince: number): Promise<void> {
  const silent = await database
    .selectFrom('nodes')
    .select('id')
    .where('seen_at', '<=', silentSince)
    .execute()
  if (silent.length === 0) return
  const ids = silent.map(({ id }) => id)
  await database.deleteFrom('presence').where(isOneOf('node', ids)).execute()
  await database.deleteFrom('nodes').where(isOneOf('id', ids)).execute()
}
