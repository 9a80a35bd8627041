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
  /** When it expires before its session; `null` if it lasts as long as the session. */
  valid_until: number | null
}

/** One row with data about the store itself. */
interface StoreTable {
  /** A random id from the creation of the store. It is part of every position in its rooms. */
  epoch: string
  /** The highest `seq` of any removed room; new rooms start after it. */
  removed_seq: number
  /** The time up to which expired data was removed. */
  swept_at: number
  /** The last time shown by a clock that is too far from `swept_at`; 0 for none. */
  doubted_at: number
  /** For how long that clock has run steadily, in milliseconds. */
  doubted_ms: number
}

/** One room and the end of its log. */
interface RoomTable {
  name: string
  /** The number of the newest message; before the first one, the number after which it starts. */
  seq: number
  /** The last send or join, accurate to a thirtieth of the retention; 0 for never. */
  used_at: number
  /** No message is older than this; a sweep checks the room once this is too old. */
  oldest_at: number
}

/** Consecutive messages of a room that were committed together. */
interface RoomMessageTable {
  room: string
  /** The number of the last one. */
  last_seq: number
  /** JSON: an array of objects of `id`, `from` and `data`. */
  messages: string
  at: number
}

/** The progress of a client's outbox. */
interface OutboxTable {
  id: string
  session_id: string
  last_n: number
  /** The key of its last item: empty for a skip, `null` if an older server wrote the row. */
  last_key: string | null
  used_at: number
}

/** The answers to one batch of an outbox. */
interface OutboxAnswerTable {
  outbox_id: string
  /** The number of its last item. */
  last_n: number
  /** JSON: an array of the stored form of each answer. */
  answers: string
  at: number
}

/** One running server. */
interface NodeTable {
  id: string
  seen_at: number
  /** For a node that has closed: how long the others keep its members, in milliseconds. */
  kept_ms: number | null
}

/** A member is in a room by at least one connection to a node. */
interface PresenceTable {
  room: string
  member: string
  node: string
  /** JSON: the newest that the member shows, as this node knows it; `null` for nothing. */
  data: string | null
  /** When it was set. */
  set_at: number
}

/** What one commit has changed, for other processes that use the file; the newest rows are kept. */
interface NewsTable {
  id: number
  /** The process that committed it. */
  node: string
  /** JSON: an array of names; `null` if there are too many. */
  rooms: string
  /** JSON: an array of ids; `null` if there are too many. */
  sessions: string
  /** JSON: what was done to rights; `null` for nothing. */
  rights: string | null
  /** JSON: the events that an app has emitted; `null` for none, and once they are old. */
  events: string | null
}

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
