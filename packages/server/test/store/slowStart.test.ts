import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { PendingStatements } from '../../src/store/postgres/pendingStatements.js'
import { openConnections } from '../../src/store/postgres/pool.js'
import { requireOwnConnections } from '../../src/store/postgres/requireOwnConnections.js'
import { ServerWatch } from '../../src/store/postgres/serverWatch.js'
import { kinds } from '../support/openStores.js'
import { emptyPostgres } from '../support/testDatabase.js'

/** Longer than a connection may be idle within a transaction. */
const STANDSTILL_MS = 2_500

describe.runIf(kinds.length > 1)('a process that starts on PostgreSQL', () => {
  it('may stand still while it looks for a pooler', async () => {
    const busyTimeoutMs = 60_000
    const { connect, end } = await openConnections({
      ...{ databaseUrl: await emptyPostgres(), max: 2, busyTimeoutMs },
      server: new ServerWatch(busyTimeoutMs),
      pending: new PendingStatements(busyTimeoutMs),
      onAnswer: () => undefined,
      onFailure: () => undefined,
    })
    let standstills = 1
    const slow = async () => {
      const connection = await connect()
      const query: typeof connection.query = async (text, ...rest) => {
        const result = await connection.query<never>(text, ...rest)
        if (text.startsWith('begin') && standstills-- > 0) await pass(STANDSTILL_MS)
        return result
      }
      return { ...connection, query }
    }
    await expect(requireOwnConnections({ connect: slow })).resolves.toBeUndefined()
    expect(standstills).toBeLessThan(1)
    await end()
  })
})
