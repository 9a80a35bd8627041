import { createServer } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { openClient } from '../faults/support/openClient.js'
import { until } from '../faults/support/until.js'
import { queryDatabase } from './support/database.js'
import { startReplicated } from './support/replicatedPostgres.js'

const ROOM = 'public:present'

/** Needs a copy of a server, which a given one does not offer. */
const isThere = hasPostgres() && !process.env.TEST_DATABASE_URL

describe.runIf(isThere)('a failover that loses who came and went last', () => {
  it('leaves no room without its members, or with others', { timeout: 90_000 }, async () => {
    await using postgres = await startReplicated({ isSynchronous: false })
    const start = async () => {
      const server = await createServer({
        ...{ port: 0, host: '127.0.0.1', databaseUrl: postgres.databaseUrl, logLevel: 'silent' },
        limits: { presenceIntervalMs: 50 },
      })
      await server.listen()
      return server
    }
    const [first, second] = [await start(), await start()]
    try {
      await using stays = await openClient({ url: first.url })
      await using goes = await openClient({ url: first.url })
      await using comes = await openClient({ url: first.url })
      const left = goes.client.room(ROOM)
      await Promise.all([stays.client.room(ROOM).join(), left.join()])
      const listed = async () => (await second.rooms.members(ROOM)).sort()
      await until(async () => (await listed()).length === 2)
      const members = [...(await listed())]
      await until(async () => {
        const [row] = await queryDatabase(
          postgres.primary.url,
          'select bool_and(replay_lsn >= pg_current_wal_lsn()) as is from pg_stat_replication',
        )
        return row?.is === true
      })
      await postgres.detach()
      await left.leave()
      await comes.client.room(ROOM).join()
      await until(async () => {
        const now = await listed()
        return now.length === 2 && now.join() !== members.join()
      })
      const right = await listed()
      await postgres.failOver()
      await until(async () => (await fetch(`${second.url}/ready`)).ok)
      await expect
        .poll(() => listed().catch(() => 'the database is not reached yet'), { timeout: 15_000 })
        .toEqual(right)
    } finally {
      await Promise.all([first.close(), second.close()])
    }
  })
})
