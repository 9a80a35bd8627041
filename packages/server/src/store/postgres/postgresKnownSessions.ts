import { createHash, randomUUID } from 'node:crypto'
import { RecentMap } from '../../shared/recentMap.js'
import { MAX_KNOWN_ACCOUNTS } from '../knownSessions.js'
import type { KnownSessions } from '../knownSessions.js'
import { unreached } from './postgresLimits.js'
import type { Query } from './query.js'

interface DeviceRow {
  readonly device: string
  readonly accounts: readonly string[]
}

/**
 * For how long it is remembered that a session was not known, and of how many sessions. Until then one
 * that signs in at another process has the limits of a stranger here.
 */
const UNKNOWN_MS = 2_000
const MAX_UNKNOWN = 10_000

/** Adds an account as the one that was used last. */
const addAccount = `
  insert into yektayar.known_sessions as known (session_id, device, accounts)
    select id, $2, array[$3] from yektayar.sessions where id = $1 for key share
  on conflict (session_id) do update set accounts =
    (array_remove(known.accounts, $3) || $3)[
      greatest(1, cardinality(array_remove(known.accounts, $3)) + 2 - $4):]
    where known.device = excluded.device`

/**
 * Remembers in the database which sessions have signed in to which accounts, as hashes. A row ends with
 * its session, and moves on with a change of its user, which both are in the same transaction. Attempts
 * of a session that has never signed in do not ask the database each time, since most may be refused.
 */
export function createPostgresKnownSessions(reads: Query, writes: Query): KnownSessions {
  const unknown = new RecentMap<string, { readonly until: number }>(MAX_UNKNOWN)
  /** Counts what may make a session known, so that an answer from before is not remembered. */
  let changes = 0
  const forget = (sessionId: string): void => {
    changes++
    unknown.delete(sessionId)
  }
  const find = async (sessionId: string): Promise<DeviceRow | undefined> => {
    const [row] = await inReach(
      reads<DeviceRow>(
        'select device, accounts from yektayar.known_sessions where session_id = $1',
        [sessionId],
      ),
    )
    return row
  }
  return {
    async find(sessionId) {
      if ((unknown.get(sessionId)?.until ?? 0) > performance.now()) return undefined
      const before = changes
      const row = await find(sessionId)
      if (!row) {
        if (before === changes) unknown.set(sessionId, { until: performance.now() + UNKNOWN_MS })
        return undefined
      }
      const { device, accounts } = row
      return { id: device, knows: (account) => accounts.includes(hashOf(device, account)) }
    },
    async add(sessionId, account) {
      const device = (await find(sessionId))?.device ?? randomUUID()
      try {
        // A session that has ended in the meantime gets no row.
        await inReach(
          writes(addAccount, [sessionId, device, hashOf(device, account), MAX_KNOWN_ACCOUNTS]),
        )
      } finally {
        forget(sessionId)
      }
    },
    continued: (_sessionId, nextId) => {
      forget(nextId)
    },
  }
}

/** Different for each device, so that rows do not show who has the same account. */
function hashOf(device: string, account: string): string {
  return createHash('sha256').update(`${device} ${account}`).digest('base64url')
}

async function inReach<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked
  } catch (cause) {
    throw unreached(cause)
  }
}
