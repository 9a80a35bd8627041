import { sql } from 'kysely'
import { PRESENCES_PER_WRITE } from '../presenceStore.js'
import type { NodeLease, Presence, StoredPresence } from '../presenceStore.js'
import { compileOnce } from './compileOnce.js'
import { isOneOfJson } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** A value instead of the time of renewal: the lease was revoked, since it was not renewed. */
const GIVEN_UP = 0

/** Records that members are in rooms through a node, and what they show. */
export async function upsertPresences(
  database: Database,
  node: string,
  presences: readonly StoredPresence[],
): Promise<void> {
  if (presences.length === 0) return
  const rows = JSON.stringify(
    presences.map(({ room, member, data, at }) => [room, member, data, at]),
  )
  await sql`
    insert into presence (room, member, node, data, set_at)
    select value ->> 0, value ->> 1, ${node}, value ->> 2, value ->> 3 from json_each(${rows})
    where true
    on conflict do update set data = excluded.data, set_at = excluded.set_at`.execute(database)
}

/** Records that members are no longer in rooms through a node. */
export async function deletePresences(
  database: Database,
  node: string,
  presences: readonly Presence[],
): Promise<void> {
  if (presences.length === 0) return
  await sql`
    delete from presence
    where (room, member) in ${placesIn(presences)} and node = ${node}`.execute(database)
}

/** Removes members from nodes that have closed. Returns the room of each. */
export async function deleteFromClosedNodes(
  database: Database,
  presences: readonly Presence[],
): Promise<string[]> {
  const { rows } = await sql<{ room: string }>`
    delete from presence
    where (room, member) in ${placesIn(presences)}
    and node in (select id from nodes where kept_ms is not null)
    returning room`.execute(database)
  return rows.map(({ room }) => room)
}

/** The rows of members in rooms, as a query. */
function placesIn(presences: readonly Presence[]) {
  const rows = JSON.stringify(presences.map(({ room, member }) => [room, member]))
  return sql`(select value ->> 0, value ->> 1 from json_each(${rows}))`
}

const runSelectOthers = compileOnce<{ rooms: string; node: string }, StoredPresence>(
  (database, value) =>
    database
      .selectFrom('presence')
      .select(['room', 'member', 'data', 'set_at as at'])
      .where(isOneOfJson('room', value('rooms')))
      .where('node', '!=', value('node')),
)

/** The members of rooms on other nodes. */
export async function selectOthers(
  database: Database,
  rooms: readonly string[],
  node: string,
): Promise<StoredPresence[]> {
  if (rooms.length === 0) return []
  return runSelectOthers(database, { rooms: JSON.stringify(rooms), node })
}

/** The members of a node, in order, after one of them. */
export async function selectOfNode(
  database: Database,
  node: string,
  { room, member }: Presence = { room: '', member: '' },
): Promise<Presence[]> {
  const { rows } = await sql<Presence>`
    select room, member from presence
    where node = ${node} and (room, member) > (${room}, ${member})
    order by room, member limit ${sql.lit(PRESENCES_PER_WRITE)}`.execute(database)
  return rows
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
    .values({ id, seen_at: now, kept_ms: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now, kept_ms: null }))
    .execute()
}

/** All nodes that have a lease, or are being removed. */
export async function selectLeases(database: Database): Promise<NodeLease[]> {
  const rows = await database.selectFrom('nodes').selectAll().execute()
  return rows.map(({ id, seen_at, kept_ms }) => ({ id, seenAt: seen_at, keptMs: kept_ms }))
}

/** Records that a node has closed, and how long its members are kept. */
export async function closeLease(
  database: Database,
  { id, seenAt, keptMs }: NodeLease,
): Promise<void> {
  await database
    .updateTable('nodes')
    .set({ seen_at: seenAt, kept_ms: keptMs })
    .where('id', '=', id)
    .where('seen_at', '>', GIVEN_UP)
    .execute()
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
