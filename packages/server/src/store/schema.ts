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

/** A session as it is read. */
export type SessionRow = Selectable<SessionTable>

/** Every table of the store. */
export interface Schema {
  sessions: SessionTable
  session_tokens: SessionTokenTable
}
