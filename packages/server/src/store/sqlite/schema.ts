import type { Selectable } from 'kysely'

/** One session; times are milliseconds since 1970. */
interface SessionTable {
  id: string
  user_id: string | null
  /** Flat JSON object. */
  metadata: string
  created_at: number
  expires_at: number
  last_activity_at: number
}

/** One token of a session. */
interface SessionTokenTable {
  /** SHA-256 of the token, in hex; the token itself is never stored. */
  token_hash: string
  session_id: string
  created_at: number
  /** When it ends before its session does; `null` for as long as the session. */
  valid_until: number | null
}

/** The one row of what is known about the store itself. */
interface StoreTable {
  /** Chosen when the store was made. Positions in its rooms name it. */
  epoch: string
  /** The greatest `seq` that any removed room has reached; rooms begin beyond it. */
  removed_seq: number
  /** Up to when what is old was removed. */
  swept_at: number
  /** What the clock of a sweep said that was too far from that; 0 for none. */
  doubted_at: number
  /** For how long that clock has been running on. */
  doubted_ms: number
}

/** One room and the end of its log. */
interface RoomTable {
  name: string
  /** Of the newest message; before the first one, where the room began. */
  seq: number
  /** When somebody last sent or joined, to within a thirtieth of the retention; 0 for never. */
  used_at: number
  /** No kept message is older; a sweep looks at the room once this is too old. */
  oldest_at: number
}

/** Messages of a room that follow upon each other and were committed together. */
interface RoomMessageTable {
  room: string
  /** Of the last one of them. */
  last_seq: number
  /** JSON: an array of objects of `id`, `from` and `data`. */
  messages: string
  at: number
}

/** How far a client's outbox has come. */
interface OutboxTable {
  id: string
  session_id: string
  last_n: number
  /** The key of its last item: empty for a skip, `null` where an older server has written the row. */
  last_key: string | null
  used_at: number
}

/** What one packet of an outbox was answered with. */
interface OutboxAnswerTable {
  outbox_id: string
  /** The number of its last item. */
  last_n: number
  /** JSON: an array of what is kept of each answer. */
  answers: string
  at: number
}

/** One running server. */
interface NodeTable {
  id: string
  seen_at: number
}

/** Somebody is in a room by at least one connection to a node. */
interface PresenceTable {
  room: string
  member: string
  node: string
}

/** What one commit has changed, for the other processes on the file; the newest ones are kept. */
interface NewsTable {
  id: number
  /** The process that has committed it. */
  node: string
  /** JSON: an array of names; `null` for more than it names. */
  rooms: string
  /** JSON: an array of ids; `null` for more than it names. */
  sessions: string
  /** JSON: what was done to rights; `null` for nothing. */
  rights: string | null
}

/** A session as it is read. */
export type SessionRow = Selectable<SessionTable>

/** Every table of the store. */
export interface Schema {
  sessions: SessionTable
  session_tokens: SessionTokenTable
  store: StoreTable
  rooms: RoomTable
  room_messages: RoomMessageTable
  outboxes: OutboxTable
  outbox_answers: OutboxAnswerTable
  nodes: NodeTable
  presence: PresenceTable
  news: NewsTable
}
