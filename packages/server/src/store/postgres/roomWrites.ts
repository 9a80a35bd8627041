import { settleDelivery } from '../settleDelivery.js'
import type { PostgresWrites } from './postgresWrites.js'

/** Writes of rooms, their logs and outboxes, by name. */
export const roomWrites: Pick<
  PostgresWrites,
  'deliver' | 'append' | 'admit' | 'tellRights' | 'tellEvent' | 'noteUsedRooms'
> = {
  deliver: settleDelivery,

  append(batch, { append, session }) {
    if (session) batch.requireSession(session)
    batch.requireSpace()
    return batch.rooms.append(append, session?.id)
  },

  admit(batch, session) {
    batch.requireSession(session)
    batch.requireSpace()
  },

  tellRights({ news }, change) {
    news.rights.push(change)
  },

  tellEvent({ news }, event) {
    news.events.push(event)
  },

  async noteUsedRooms({ query, moment: { now }, deps: { bounds } }, joined) {
    const names = [...new Set(joined.map(({ room }) => room))]
    const found = await query<{ name: string }>(
      'select name from yektayar.rooms where name = any($1)',
      [names],
    )
    const known = new Set(found.map(({ name }) => name))
    const created = joined.filter(
      ({ room, sessionId }) => !known.has(room) && bounds.mayKeepRoom(sessionId),
    )
    if (known.size > 0) {
      // A room that another transaction has locked is in use, and that transaction records it.
      await query(
        `update yektayar.rooms set used_at = $2 where name in (select name from yektayar.rooms
           where name = any($1) and used_at < $2 order by name for update skip locked)`,
        [[...known], now],
      )
    }
    if (created.length === 0) return
    // Locked, since somebody may be removing a room.
    const [store] = await query<{ removed_seq: number }>(
      'select removed_seq from yektayar.store for share',
    )
    await query(
      `insert into yektayar.rooms (name, seq, used_at, oldest_at)
         select name, $2::bigint, $3::bigint, $3::bigint from unnest($1::text[]) as t(name)
         order by name on conflict (name) do nothing`,
      [[...new Set(created.map(({ room }) => room))], store?.removed_seq ?? 0, now],
    )
  },
}
