import { sql } from 'kysely'
import { PRESENCES_PER_WRITE } from '../store.js'
import type { NodeLease, Presence } from '../store.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** In place of the time of a renewal: the lease was taken, since it was not renewed. */
const GIVEN_UP = 0

/** Notes that some are in rooms by way of a node, at most `PRESENCES_PER_WRITE` of them. */
export async function insertPresences(
  database: Database,
  node: string,
  presences: readonly Presence[],
): Promise<void> {
  const rows = JSON.stringify(presences.map(({ room, member }) => [room, member]))
  await sql`
    insert into presence (room, member, node)
    select value ->> 0, value ->> 1, ${node} from json_each(${rows}) where true
    on conflict do nothing`.execute(database)
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

/** Renews a node's lease; says whether it still had one. */
export async function renewLease(database: Database, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('nodes')
    .set({ seen_at: now })
    .where('id', '=', id)
    .where('seen_at', '>', GIVEN_UP)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Gives a node a lease, which it has lost or never had. */
export async function insertLease(database: Database, id: string, now: number): Promise<void> {
  await database
    .insertInto('nodes')
    .values({ id, seen_at: now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now }))
    .execute()
}

/** All nodes that have a lease, or are being removed. */
export async function selectLeases(database: Database): Promise<NodeLease[]> {
  const rows = await database.selectFrom('nodes').select(['id', 'seen_at']).execute()
  return rows.map(({ id, seen_at }) => ({ id, seenAt: seen_at }))
}

/** Takes a node's lease, unless the node has renewed it. */
export async function revokeLease(database: Database, { id, seenAt }: NodeLease): Promise<void> {
  await database
    .updateTable('nodes')
    .set({ seen_at: GIVEN_UP })
    .where('id', '=', id)
    .where('seen_at', '=', seenAt)
    .execute()
}

/**
 * Removes some of those who were present by way of a node whose lease was taken; returns the room of
 * each. A node that has come back has a lease again, and loses none of them.
 */
export async function deletePresenceOf(database: Database, node: string): Promise<string[]> {
  const { rows } = await sql<{ room: string }>`
    delete from presence
    where (room, member, node) in (
      select room, member, node from presence where node = ${node} limit ${sql.lit(PRESENCES_PER_WRITE)})
    and exists (select 1 from nodes where id = ${node} and seen_at = ${sql.lit(GIVEN_UP)})
    returning room`.execute(database)
  return rows.map(({ room }) => room)
}

/** Removes a node whose lease was taken, and which has not come back. */
export async function deleteNode(database: Database, id: string): Promise<void> {
  await database.deleteFrom('nodes').where('id', '=', id).where('seen_at', '=', GIVEN_UP).execute()
}
