import type { Limits } from '../../shared/limits.js'
import type { StoreReads } from '../operations.js'
import { toSession } from '../sessionRow.js'
import type { SessionRow } from '../sessionRow.js'
import { readMessages } from '../readMessages.js'
import type { MessageRow, MessageRows, RowSize } from '../readMessages.js'
import type { RoomState } from '../store.js'
import { PRESENCES_PER_WRITE } from '../presenceStore.js'
import type { Presence, StoredPresence } from '../presenceStore.js'
import type { Query } from './query.js'
import { isValid } from './sessionStatements.js'

/** How many rooms are checked together. */
const ROOMS_PER_PAGE = 200

/** What the reads of a store need. */
export interface PostgresReadsDeps {
  query: Query
  epoch: string
  /** How long a session may be idle; Infinity for no limit. */
  idleMs: number
  limits: Limits
}

/** Creates the reads of a store. */
export function createPostgresReads(deps: PostgresReadsDeps): StoreReads {
  const { query, limits } = deps
  return {
    sessions: sessionsOf(deps),
    rooms: roomsOf(deps),
    presence: {
      async others(rooms, node) {
        if (rooms.length === 0) return []
        return query<StoredPresence>(
          `select room, member, data, set_at as at from yektayar.presence
           where room = any($1) and node <> $2`,
          [rooms, node],
        )
      },
      ofNode: (node, after) =>
        query<Presence>(
          `select room, member from yektayar.presence
           where node = $1 and (room, member) > ($2, $3) order by room, member limit $4`,
          [node, after?.room ?? '', after?.member ?? '', PRESENCES_PER_WRITE],
        ),
      leases: () =>
        query('select id, seen_at as "seenAt", kept_ms as "keptMs" from yektayar.nodes'),
    },
    upkeep: {
      async longRoomsAfter(name) {
        const page = await query<{ name: string; seq: number }>(
          'select name, seq from yektayar.rooms where name > $1 order by name limit $2',
          [name, ROOMS_PER_PAGE],
        )
        const long = page.filter(({ seq }) => seq > limits.roomRetentionMessages)
        const next = page.length < ROOMS_PER_PAGE ? undefined : page.at(-1)?.name
        return { rooms: long.map((room) => room.name), next }
      },
    },
  }
}

function sessionsOf({ query, idleMs, limits }: PostgresReadsDeps): StoreReads['sessions'] {
  const idle = Number.isFinite(idleMs) ? idleMs : null
  const select = async (condition: string, value: unknown) =>
    (
      await query<SessionRow>(
        `select sessions.* from yektayar.sessions ${condition} and ${isValid('$2')}`,
        [value, idle],
      )
    ).map(toSession)
  return {
    findByToken: async (tokenHash) => {
      const [session] = await select(
        `join yektayar.session_tokens token on token.session_id = sessions.id
         where token.token_hash = $1
           and (token.valid_until is null or token.valid_until > yektayar.now_ms())`,
        tokenHash,
      )
      return session
    },
    find: async (id) => (await select('where id = $1', id))[0],
    findAll: (ids) => select('where id = any($1)', ids),
    async ofUser(userId) {
      const rows = await query<SessionRow>(
        `select sessions.* from yektayar.sessions where user_id = $1 and ${isValid('$2')}
         order by last_activity_at desc limit $3`,
        [userId, idle, limits.maxListedSessions],
      )
      return rows.map(toSession)
    },
    async idsOfUser(userId) {
      const rows = await query<{ id: string }>(
        'select id from yektayar.sessions where user_id = $1',
        [userId],
      )
      return rows.map(({ id }) => id)
    },
  }
}

function roomsOf({ query, epoch }: PostgresReadsDeps): StoreReads['rooms'] {
  const messageRows = messageRowsOf(query, epoch)
  async function state(room: string): Promise<RoomState> {
    // One statement, so that no room is created or removed between two reads.
    const [found] = await query<{ seq: number; used_at: number | null }>(
      `select coalesce(rooms.seq, store.removed_seq) as seq, rooms.used_at
       from yektayar.store left join yektayar.rooms on rooms.name = $1`,
      [room],
    )
    return {
      head: { room, epoch, seq: found?.seq ?? 0 },
      usedAt: found?.used_at ?? undefined,
    }
  }
  return {
    state,
    head: async (room) => (await state(room)).head,
    async heads(rooms) {
      if (rooms.length === 0) return []
      const rows = await query<{ name: string; seq: number }>(
        'select name, seq from yektayar.rooms where name = any($1)',
        [rooms],
      )
      return rows.map(({ name, seq }) => ({ room: name, epoch, seq }))
    },
    async compare(places) {
      if (places.length === 0) return []
      const rows = await query<ComparedRow>(compareStatement, [
        places.map(({ room }) => room),
        places.map(({ seq }) => seq),
      ])
      return rows.map((row) => ({
        head: { room: row.room, epoch, seq: row.seq },
        idAtPlace: idIn(row),
      }))
    },
    read: (room, range) => readMessages(messageRows, room, range),
  }
}

interface ComparedRow {
  readonly room: string
  /** Of the newest message of the room. */
  readonly seq: number
  readonly place: number
  readonly last_seq: number | null
  readonly messages: string | null
}

/**
 * The heads of rooms, and the rows that have a message at a place or after it. PostgreSQL's functions
 * for JSON refuse texts with \u0000, so the ids are read here.
 */
const compareStatement = `
  select place.room, coalesce(rooms.seq, store.removed_seq) as seq, place.seq as place,
    found.last_seq, found.messages
  from unnest($1::text[], $2::bigint[]) with ordinality place(room, seq, n)
  cross join yektayar.store
  left join yektayar.rooms on rooms.name = place.room
  left join lateral (
    select last_seq, messages
    from yektayar.room_messages where room = place.room and last_seq >= place.seq
    order by last_seq limit 1
  ) found on true
  order by place.n`

/** The id of the message at the place, if the row has it. */
function idIn({ place, last_seq: lastSeq, messages }: ComparedRow): string | undefined {
  if (lastSeq === null || messages === null) return undefined
  const items = JSON.parse(messages) as { id: string }[] // written by appends alone
  return items[items.length - 1 - (lastSeq - place)]?.id
}

/** PostgreSQL takes the length of a large text without reading it. */
function messageRowsOf(query: Query, epoch: string): MessageRows {
  const sizes = 'select last_seq, octet_length(messages) as bytes from yektayar.room_messages'
  return {
    epoch,
    sizesAfter: ({ room, after, limit }) =>
      query<RowSize>(`${sizes} where room = $1 and last_seq > $2 order by last_seq limit $3`, [
        room,
        after,
        limit,
      ]),
    sizesBefore: ({ room, before, limit }) =>
      query<RowSize>(
        // From the row that has the last message before the position, or the newest row of all.
        `${sizes} where room = $1 and last_seq <= coalesce((select last_seq
           from yektayar.room_messages where room = $1 and last_seq >= $2::bigint - 1
           order by last_seq limit 1), $2)
         order by last_seq desc limit $3`,
        [room, before, limit],
      ),
    rows: ({ room, first, last }) =>
      query<MessageRow>(
        `select last_seq, messages, at from yektayar.room_messages
         where room = $1 and last_seq >= $2 and last_seq <= $3 order by last_seq`,
        [room, first, last],
      ),
  }
}
