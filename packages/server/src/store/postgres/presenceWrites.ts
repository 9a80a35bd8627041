import { PRESENCES_PER_WRITE } from '../presenceStore.js'
import type { Presence } from '../presenceStore.js'
import type { PostgresWrites } from './postgresWrites.js'
import type { Query } from './query.js'

/** A value instead of the time of renewal: the lease was revoked, since it was not renewed. */
const GIVEN_UP = 0

/** Writes of presence and of node leases, by name. */
export const presenceWrites: Pick<
  PostgresWrites,
  | 'placeMembers'
  | 'renewLease'
  | 'takeLease'
  | 'closeNode'
  | 'revokeLease'
  | 'removeMembers'
  | 'removeNode'
> = {
  async placeMembers({ query, news }, { node, entered, left }) {
    const all = [...entered, ...left]
    for (const { room } of all) news.rooms.add(room)
    if (entered.length > 0) {
      // A later one for the same member replaces an earlier one.
      const last = new Map(entered.map((one) => [JSON.stringify([one.room, one.member]), one]))
      const rows = [...last.values()]
      await query(
        `insert into yektayar.presence (room, member, node, data, set_at)
           select room, member, $2, data, at
           from unnest($1::text[], $3::text[], $4::text[], $5::bigint[]) as t(room, member, data, at)
           order by room, member
         on conflict (room, member, node) do update
           set data = excluded.data, set_at = excluded.set_at`,
        [
          rows.map(({ room }) => room),
          node,
          rows.map(({ member }) => member),
          rows.map(({ data }) => data),
          rows.map(({ at }) => at),
        ],
      )
    }
    if (left.length > 0) {
      await query(
        `delete from yektayar.presence where node = $3 and (room, member) in
           (select * from unnest($1::text[], $2::text[]))`,
        [...columnsOf(left), node],
      )
    }
    return removeFromClosedNodes(query, all)
  },

  async renewLease({ query, moment: { now } }, node) {
    const renewed = await query(
      'update yektayar.nodes set seen_at = $2 where id = $1 and seen_at > $3 returning id',
      [node, now, GIVEN_UP],
    )
    return renewed.length > 0
  },

  async takeLease({ query, moment: { now } }, node) {
    await query(
      `insert into yektayar.nodes (id, seen_at, kept_ms) values ($1, $2, null)
       on conflict (id) do update set seen_at = excluded.seen_at, kept_ms = null`,
      [node, now],
    )
  },

  async closeNode({ query, moment: { now } }, { node, keptMs }) {
    await query(
      'update yektayar.nodes set seen_at = $2, kept_ms = $3 where id = $1 and seen_at > $4',
      [node, now, keptMs, GIVEN_UP],
    )
  },

  async revokeLease({ query }, { id, seenAt }) {
    await query('update yektayar.nodes set seen_at = $3 where id = $1 and seen_at = $2', [
      id,
      seenAt,
      GIVEN_UP,
    ])
  },

  async removeMembers({ query, news }, node) {
    // The node's row is locked, so that one that comes back either keeps its members or writes them anew.
    const gone = await query(
      'select 1 from yektayar.nodes where id = $1 and seen_at = $2 for update',
      [node, GIVEN_UP],
    )
    if (gone.length === 0) return false
    const removed = await query<{ room: string }>(
      `delete from yektayar.presence where (room, member, node) in
         (select room, member, node from yektayar.presence where node = $1
          order by room, member limit $2 for update)
       returning room`,
      [node, PRESENCES_PER_WRITE],
    )
    for (const { room } of removed) news.rooms.add(room)
    return removed.length === PRESENCES_PER_WRITE
  },

  async removeNode({ query }, node) {
    await query('delete from yektayar.nodes where id = $1 and seen_at = $2', [node, GIVEN_UP])
  },
}

/** Removes members from nodes that have closed. Returns the room of each. */
async function removeFromClosedNodes(
  query: Query,
  presences: readonly Presence[],
): Promise<string[]> {
  const removed = await query<{ room: string }>(
    `delete from yektayar.presence
     where (room, member) in (select * from unnest($1::text[], $2::text[]))
       and node in (select id from yektayar.nodes where kept_ms is not null)
     returning room`,
    columnsOf(presences),
  )
  return removed.map(({ room }) => room)
}

function columnsOf(presences: readonly Presence[]): [rooms: string[], members: string[]] {
  return [presences.map(({ room }) => room), presences.map(({ member }) => member)]
}
