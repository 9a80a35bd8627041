import { Socket } from 'node:net'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endClient, PendingStatements } from '../../src/store/postgres/pendingStatements.js'
import { openConnections } from '../../src/store/postgres/pool.js'
import { ServerWatch } from '../../src/store/postgres/serverWatch.js'
import { kinds } from '../support/openStores.js'
import { range } from '../support/range.js'
import { startRelay } from '../support/relay.js'
import { endOf } from '../support/endOf.js'
import { emptyPostgres } from '../support/testDatabase.js'

const MAX = 10

const BOUND_MS = 3_000

describe.runIf(kinds.length > 1)('those who wait for a connection to PostgreSQL', () => {
  let relay: Awaited<ReturnType<typeof startRelay>>
  beforeEach(async () => {
    relay = await startRelay(await emptyPostgres())
  })
  afterEach(() => relay.stop())

  async function openAll(busyTimeoutMs: number) {
    const pending = new PendingStatements(0)
    const connections = await openConnections({
      databaseUrl: relay.url,
      max: MAX,
      ...{ busyTimeoutMs, pending, server: new ServerWatch(busyTimeoutMs) },
      onAnswer: () => undefined,
      onFailure: () => undefined,
    })
    const all = await Promise.all(range(1, MAX).map(() => connections.connect()))
    return { connections, pending, all }
  }

  it('get one once those before them are lost', async () => {
    const { connections, pending, all } = await openAll(60_000)
    relay.silenceOpen()
    const lost = all.map(async ({ query, release }) => {
      await query('select 1').finally(() => {
        release(true)
      })
    })
    const waits = endOf(connections.query('select 1'), BOUND_MS)
    pending.takeLong(performance.now() + 1).keep([])
    const ends = await Promise.all(lost.map((one) => endOf(one, BOUND_MS)))
    expect(ends).toEqual(ends.map(() => expect.stringMatching(/cannot be used/) as string))
    expect(await waits).toBe('done')
    await connections.end()
  })

  it('fail in time, however often connections are lost meanwhile', async () => {
    const { connections, all } = await openAll(600)
    relay.silence()
    const often = setInterval(connections.cut, 100)
    const waits = endOf(connections.query('select 1'), BOUND_MS)
    expect(await waits).toMatch(/cannot be used/)
    clearInterval(often)
    relay.speak()
    for (const { release } of all) release(true)
    await connections.end()
  })

  it('fail at the end', async () => {
    const { connections, all } = await openAll(60_000)
    const waits = endOf(connections.query('select 1'), BOUND_MS)
    const ended = connections.end()
    connections.cut()
    expect(await waits).toMatch(/cannot be used/)
    for (const { release } of all) release(true)
    await ended
  })
})

describe.runIf(kinds.length > 1)('a connection to PostgreSQL that is ended', () => {
  it('leaves no socket if its peer is silent and no statement runs', async () => {
    await using relay = await startRelay(await emptyPostgres())
    const socket = new Socket()
    const client = new pg.Client({ connectionString: relay.url, stream: () => socket })
    await client.connect()
    await client.query('begin')
    relay.silenceOpen()
    endClient(client)
    await expect.poll(() => socket.destroyed, { timeout: 3_000 }).toBe(true)
  })
})
