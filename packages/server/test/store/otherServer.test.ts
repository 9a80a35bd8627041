import { describe, expect, it } from 'vitest'
import { answerOtherwise } from '../support/answerOtherwise.js'
import { kinds, openStores, publish } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { range } from '../support/range.js'
import { emptyPostgres } from '../support/testDatabase.js'

/** The processes of the connections beside the pools: for news, and of the watch. */
async function keptPids(databaseUrl: string): Promise<unknown[]> {
  const rows = await queryPostgres(
    databaseUrl,
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
     and (query ~ '^listen|pg_notify' or query like '%pg_try_advisory_lock%')`,
  )
  return rows.map(({ pid }) => pid)
}

describe.runIf(kinds.length > 1)(
  'a database that has moved while the old server still runs',
  () => {
    it('is followed by the connections beside the pools', async () => {
      await using context = await openStores('PostgreSQL')
      const { store, databaseUrl } = context
      await expect.poll(() => keptPids(databaseUrl)).toHaveLength(2)
      const before = await keptPids(databaseUrl)
      await answerOtherwise(
        databaseUrl,
        'pg_postmaster_start_time()',
        'timestamptz',
        `timestamptz '2020-01-01'`,
      )
      const moved: boolean[] = []
      store.onPossibleLoss((isOther) => moved.push(isOther))
      await Promise.all(range(1, 10).map(() => store.rooms.head('public:any'))) // opens new ones
      expect(moved).toContain(true)
      const others = async () => {
        const now = await keptPids(databaseUrl)
        return now.filter((pid) => !before.includes(pid)).length === 2 && now.length === 2
      }
      await expect.poll(others, { timeout: 4_000 }).toBe(true)
      await expect.poll(() => store.leadership.leads()).toBe(true)
    })
  },
)

describe.runIf(kinds.length > 1)('a standby that is not promoted yet', () => {
  it('is no database at a start', async () => {
    const databaseUrl = await emptyPostgres()
    await answerOtherwise(databaseUrl, 'pg_is_in_recovery()', 'boolean', 'true')
    const opening = openStores('PostgreSQL', { databaseUrl })
    await expect(opening).rejects.toThrow(/cannot be opened: .*the server is a standby/)
  })

  it('is like one that is not there, and is used once it is promoted', async () => {
    await using context = await openStores('PostgreSQL')
    const { store, databaseUrl } = context
    await answerOtherwise(databaseUrl, 'pg_is_in_recovery()', 'boolean', 'true')
    await queryPostgres(
      databaseUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    const unavailable = { code: 'store_unavailable', retryable: true }
    await expect.poll(() => store.reach?.isDown, { timeout: 4_000 }).toBe(true)
    await expect(publish(store, 'a')).rejects.toMatchObject(unavailable)
    await expect(store.requireWritable()).rejects.toMatchObject(unavailable)
    expect(store.bus?.()).toMatchObject({ notify: false })
    await answerOtherwise(databaseUrl, 'pg_is_in_recovery()', 'boolean', 'false')
    await expect.poll(() => publish(store, 'a').then(() => 'done', String)).toBe('done')
    await expect.poll(() => store.bus?.().notify, { timeout: 4_000 }).toBe(true)
  })
})
