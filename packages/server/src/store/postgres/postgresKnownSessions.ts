import { createHash, randomUUID } from 'node:crypto'
import { MAX_KNOWN_ACCOUNTS } from '../knownSessions.js'
import type { KnownSessions } from '../knownSessions.js'
import { unreached } from './postgresLimits.js'
import type { Query } from './query.js'

interface DeviceRow {
  readonly device: string
  readonly accounts: readonly string[]
}

/**
 * Remembers in the database which sessions have signed in to which accounts, as hashes. A row ends with
 * its session, and moves on with a change of its user, which both are in the same transaction.
 */
export function createPostgresKnownSessions(reads: Query, writes: Query): KnownSessions {
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
      const row = await find(sessionId)
      if (!row) return undefined
      const { device, accounts } = row
      return { id: device, knows: (account) => accounts.includes(hashOf(device, account)) }
    },
    async add(sessionId, account) {
      const device = (await find(sessionId))?.device ?? randomUUID()
      // A session that has ended in the meantime gets no row.
      await inReach(
        writes(
          `insert into yektayar.known_sessions as known (session_id, device, accounts)
             select id, $2, array[$3] from yektayar.sessions where id = $1 for key share
           on conflict (session_id) do update set accounts =
             (array_remove(known.accounts, $3) || $3)[
               greatest(1, cardinality(array_remove(known.accounts, $3)) + 2 - $4):]
             where known.device = excluded.device`,
          [sessionId, device, hashOf(device, account), MAX_KNOWN_ACCOUNTS],
        ),
      )
    },
    continued: () => undefined,
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
