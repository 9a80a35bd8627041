import type { SessionMetadata } from '@yektayar/protocol'
import type { StoredSession } from './store.js'

/** The row of a session; times are milliseconds since 1970. */
export interface SessionRow {
  readonly id: string
  readonly user_id: string | null
  readonly metadata: string
  readonly created_at: number
  readonly expires_at: number
  readonly last_activity_at: number
}

/** The session of a row. */
export function toSession(row: SessionRow): StoredSession {
  return {
    id: row.id,
    userId: row.user_id,
    metadata: JSON.parse(row.metadata) as SessionMetadata, // written by insertSession() alone
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastActivityAt: row.last_activity_at,
  }
}
