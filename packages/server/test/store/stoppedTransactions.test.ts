import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { sql } from 'kysely'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { OpenTransaction } from '../../src/store/store.js'
import { begin, kinds, openStores } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { answersOf, ROOM, roomClient, sendItem } from '../support/roomClient.js'
import { startServer } from '../support/server.js'
import { emptyPostgres } from '../support/testDatabase.js'

/** Longer than a connection may be idle within a transaction. */
const IDLE_MS = 2_300

const contract = extendContract(coreContract, {
  commands: {
    'order:place': command({ input: z.string(), output: z.literal('done'), delivery: 'once' }),
  },
})

/** Delivers an item whose handler does this within its transaction, and one after it. */
async function deliverTwice(
  databaseUrl: string,
  handle: (transaction: Pick<OpenTransaction, 'database'>) => Promise<unknown>,
) {
  const handled = vi.fn(handle)
  await using context = await startServer({
    ...{ contract, databaseUrl, limits: { writeProbeIntervalMs: 60_000 } },
    commands: {
      'order:place': async ({ database }) => {
        await handled({ database })
        return 'done' as const
      },
    },
  })
  const client = await roomClient(context)
  const outbox = randomUUID()
  const items = [{ n: 1, name: 'order:place', input: 'tea' }, sendItem(2, ROOM, 'after')]
  const first = await client.deliver(outbox, items)
  expect(await client.deliver(outbox, items)).toEqual(first)
  expect(handled).toHaveBeenCalledOnce()
  expect((await fetch(`${context.url}/ready`)).status).toBe(200)
  return answersOf(first)
}

const refused = [{ ok: false, error: { code: 'handler_timeout' } }, { ok: true }]

describe.runIf(kinds.length > 1)('a transaction that PostgreSQL stops', () => {
  it('since its handler left it idle is answered for good, and what is behind it goes on', async () => {
    const answers = await deliverTwice(await emptyPostgres(), () => pass(IDLE_MS))
    expect(answers).toMatchObject(refused)
  })

  it('since a statement of its handler took too long is answered for good', async () => {
    const databaseUrl = await emptyPostgres()
    const name = new URL(databaseUrl).pathname.slice(1)
    await queryPostgres(databaseUrl, `alter database "${name}" set statement_timeout = '1s'`)
    const answers = await deliverTwice(databaseUrl, ({ database }) =>
      sql`select pg_sleep(2)`.execute(database),
    )
    expect(answers).toMatchObject(refused)
  })

  it('is no sign of a failover, or of a store that cannot be written', async () => {
    await using context = await openStores('PostgreSQL', {
      limits: { writeProbeIntervalMs: 60_000 },
    })
    const { store } = context
    const losses = vi.fn()
    store.onPossibleLoss(losses)
    const session = await begin(store)
    const idle = store.outboxes.transact(async (transaction) => {
      await transaction.admit(session)
      await pass(IDLE_MS)
      await transaction.admit(session)
    })
    await expect(idle).rejects.toMatchObject({ code: 'handler_timeout' })
    await expect(store.requireWritable()).resolves.toBeUndefined() // may have tried it
    const early = store.outboxes.transact(() => pass(IDLE_MS)) // before a handler would run
    await expect(early).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(store.requireWritable()).resolves.toBeUndefined()
    expect(losses).not.toHaveBeenCalled()
  })

  it('since another one has its rows is none either', async () => {
    const limits = { writeProbeIntervalMs: 60_000, databaseBusyTimeoutMs: 200 }
    await using context = await openStores('PostgreSQL', { limits })
    const { store, databaseUrl } = context
    const session = await begin(store)
    const other = new pg.Client({ connectionString: databaseUrl })
    await other.connect()
    await other.query('begin; select * from yektayar.sessions for update')
    for (let round = 0; round < 2; round++) {
      const ended = store.sessions.end([session.id])
      await expect(ended).rejects.toMatchObject({ code: 'store_unavailable' })
      await expect(store.requireWritable()).resolves.toBeUndefined()
    }
    await other.end()
  })
})
