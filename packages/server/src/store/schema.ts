import type { Selectable } from 'kysely'

/** One session; times are milliseconds since 1970. */
interface SessionTable {
  id: string
  /** SHA-256 of the token, in hex; the token itself is never stored. */
  token_hash: string
  user_id: string | null
  /** Flat JSON object. */
  metadata: string
  created_at: number
  expires_at: number
  last_activity_at: number
}

/** A session as it is read. */
export type SessionRow = Selectable<SessionTable>

/** Every table of the store. */
export interface Schema {
  sessions: SessionTable
}
