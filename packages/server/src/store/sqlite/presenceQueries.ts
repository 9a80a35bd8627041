import { sql } from 'kysely'
import { PRESENCES_PER_WRITE } from '../store.js'
import type { NodeLease, Presence } from '../store.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** A value instead of the time of renewal: the lease was revoked, since it was not renewed. */
const GIVEN_UP = 0

/** Records that members are in rooms through a node, at most `PRESENCES_PER_WRITE` of them. */
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

/** Records that a member is no longer in a room through a node. */
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

/** The members of rooms, each once per room. */
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

/** Renews a node's lease. Returns whether it still had one. */
export async function renewLease(database: Database, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('nodes')
    .set({ seen_at: now })
    .where('id', '=', id)
    .where('seen_at', '>', GIVEN_UP)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Gives a lease to a node that has lost its own or never had one. */
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

/** Revokes a node's lease, unless the node has renewed it. */
export async function revokeLease(database: Database, { id, seenAt }: NodeLease): Promise<void> {
  await database
    .updateTable('nodes')
    .set({ seen_at: GIVEN_UP })
    .where('id', '=', id)
    .where('seen_at', '=', seenAt)
    .execute()
}

/**
 * Removes some of the members of a node whose lease was revoked. Returns the room of each. A node
 * that has come back has a lease again and keeps its members.
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

/** Removes a node whose lease was revoked and which has not come back. */
export async function deleteNode(database: Database, id: string): Promise<void> {
  await database.deleteFrom('nodes').where('id', '=', id).where('seen_at', '=', GIVEN_UP).execute()
}
