import { randomUUID } from 'node:crypto'
import type { AcquiredSession, SessionMetadata } from '@yektayar/protocol'
import { CommandError } from '../commandError.js'
import { limits } from '../limits.js'
import type { Database } from '../store/openDatabase.js'
import type { SessionRow } from '../store/schema.js'
import { createToken, hashToken, isToken } from './token.js'

const DAY_MS = 24 * 60 * 60_000

/** A valid session as the server works with it; times are milliseconds since 1970. */
export interface StoredSession {
  readonly id: string
  readonly userId: string | null
  readonly metadata: SessionMetadata
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastActivityAt: number
}

/** What `createSessions` needs. */
export interface SessionsOptions {
  database: Database
  /** Absolute lifetime of a session, in days. */
  sessionTtlDays: number
}

/**
 * The sessions of the store.
 *
 * Every method throws `CommandError` `store_unavailable` when the store fails.
 */
export interface Sessions {
  /** Starts an anonymous session. The token is in the result and nowhere else. */
  acquire(metadata?: SessionMetadata): Promise<AcquiredSession>
  /** The session of a token, if the token is one and the session has not expired. */
  findByToken(token: unknown): Promise<StoredSession | undefined>
  /** Notes that a session is in use; writes at most once a minute. Returns the noted time. */
  touch(id: string, lastActivityAt: number): Promise<number>
  /** Removes expired sessions, a bounded number at a time. Returns how many. */
  sweep(): Promise<number>
}

/** Creates the sessions over an open store. */
export function createSessions({ database, sessionTtlDays }: SessionsOptions): Sessions {
  return {
    acquire: (metadata = {}) =>
      reachStore(async () => {
        const token = createToken()
        const now = Date.now()
        const expiresAt = now + sessionTtlDays * DAY_MS
        await database
          .insertInto('sessions')
          .values({
            id: randomUUID(),
            token_hash: hashToken(token),
            user_id: null,
            metadata: JSON.stringify(metadata),
            created_at: now,
            expires_at: expiresAt,
            last_activity_at: now,
          })
          .execute()
        return { token, expiresAt: new Date(expiresAt).toISOString() }
      }),

    findByToken: (token) =>
      reachStore(async () => {
        if (!isToken(token)) return undefined
        const row = await database
          .selectFrom('sessions')
          .selectAll()
          .where('token_hash', '=', hashToken(token))
          .where('expires_at', '>', Date.now())
          .executeTakeFirst()
        return row && fromRow(row)
      }),

    touch: (id, lastActivityAt) =>
      reachStore(async () => {
        const now = Date.now()
        if (now - lastActivityAt < limits.activityResolutionMs) return lastActivityAt
        await database
          .updateTable('sessions')
          .set({ last_activity_at: now })
          .where('id', '=', id)
          .execute()
        return now
      }),

    sweep: () =>
      reachStore(async () => {
        const expired = database
          .selectFrom('sessions')
          .select('id')
          .where('expires_at', '<=', Date.now())
          .limit(limits.sweepBatchSize)
        const result = await database
          .deleteFrom('sessions')
          .where('id', 'in', expired)
          .executeTakeFirst()
        return Number(result.numDeletedRows)
      }),
  }
}

function fromRow(row: SessionRow): StoredSession {
  return {
    id: row.id,
    userId: row.user_id,
    metadata: JSON.parse(row.metadata) as SessionMetadata, // written by acquire() alone
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastActivityAt: row.last_activity_at,
  }
}

async function reachStore<Result>(query: () => Promise<Result>): Promise<Result> {
  try {
    return await query()
  } catch (cause) {
    throw new CommandError('store_unavailable', 'The session store cannot be reached', {
      hint: 'Try again in a moment',
      cause,
    })
  }
}
