import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { NodeLeases } from '../src/rooms/nodeLeases.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'

const HOUR_MS = 3_600_000

describe('a lease', () => {
  it('expires once the node that watches it has seen no renewal for the timeout, by its own clock', () => {
    const leases = new NodeLeases(20_000)
    const node = { id: 'a', seenAt: 5, keptMs: null }
    expect(leases.expired([node], 0)).toEqual([])
    expect(leases.expired([node], 19_999)).toEqual([])
    expect(leases.expired([node], 20_000)).toEqual([node])
  })

  it.each([
    ['ahead', HOUR_MS],
    ['behind', -HOUR_MS],
  ])('is kept by who renews it, though its clock is an hour %s', (_where, offMs) => {
    const leases = new NodeLeases(20_000)
    for (let now = 0; now < 120_000; now += 5_000) {
      expect(leases.expired([{ id: 'a', seenAt: now + offMs, keptMs: null }], now)).toEqual([])
    }
  })

  it('of a node that has closed is kept as long as its members may come to others', () => {
    const leases = new NodeLeases(20_000)
    const node = { id: 'a', seenAt: 5, keptMs: 40_000 }
    expect(leases.expired([node], 0)).toEqual([])
    expect(leases.expired([node], 39_999)).toEqual([])
    expect(leases.expired([node], 40_000)).toEqual([node])
  })

  it('is watched anew by who has stood still', () => {
    const leases = new NodeLeases(20_000)
    const node = { id: 'a', seenAt: 5, keptMs: null }
    leases.expired([node], 0)
    leases.clear()
    expect(leases.expired([node], 60_000)).toEqual([])
    expect(leases.expired([node], 80_000)).toEqual([node])
  })
})

const limits = { storePollMs: 10, nodeHeartbeatMs: 20, presenceGraceMs: 10 }

describe('those at a server', () => {
  it('are there again after another server took its lease', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const roomy = { ...limits, presenceGraceMs: 60_000 }
    await using first = await startServer({ databaseUrl, limits: roomy })
    await using second = await startServer({ databaseUrl, limits: roomy })
    const witness = await roomClient(second)
    await witness.join(ROOM)
    const rooms = range(1, 60).map((n) => `public:r${String(n)}`)
    for (let count = 0; count < 20; count++) {
      const client = await roomClient(first)
      await Promise.all([...rooms, ROOM].map((room) => client.join(room)))
    }
    const store = second.server.database
    await sql`delete from presence where node in (select id from nodes)`.execute(store)
    await sql`delete from nodes`.execute(store)
    await vi.waitFor(
      async () => {
        const { rows } = await sql<{ count: number }>`
          select count(*) as count from presence`.execute(store)
        expect(rows).toEqual([{ count: 20 * 61 + 1 }])
        expect((await witness.join(ROOM)).members).toHaveLength(21)
      },
      { timeout: 5_000 },
    )
  })

  it('are gone after their server is, and nothing of it is left in the store', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using context = await startServer({
      databaseUrl,
      limits: { ...limits, nodeTimeoutMs: 200 },
    })
    const store = context.server.database
    await sql`insert into nodes (id, seen_at) values ('gone', ${Date.now() + HOUR_MS})`.execute(
      store,
    )
    await sql`
      insert into presence (room, member, node)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200)
      select ${ROOM}, 'user:' || i, 'gone' from n`.execute(store)
    const witness = await roomClient(context)
    expect((await witness.join(ROOM)).memberCount).toBe(1_201)
    await vi.waitFor(async () => {
      const { rows } = await sql`select node from presence where node = 'gone'
        union all select id from nodes where id = 'gone'`.execute(store)
      expect(rows).toEqual([])
      expect((await witness.join(ROOM)).members).toHaveLength(1)
    })
  })
})

describe('the members of a server that has ended', () => {
  it('are gone for the next who joins, though nobody was connected meanwhile', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const first = await startServer({ databaseUrl, limits })
    const gone = await roomClient(first)
    await gone.join(ROOM)
    await first[Symbol.asyncDispose]()

    const short = { ...limits, nodeTimeoutMs: 200 }
    await using second = await startServer({ databaseUrl, limits: short })
    const nodes = () => sql`select id from nodes`.execute(second.server.database)
    expect((await nodes()).rows).toHaveLength(1)
    await vi.waitFor(async () => {
      expect((await nodes()).rows).toEqual([])
    }, 5_000)
    const next = await roomClient(second)
    const { members } = await next.join(ROOM)
    expect(members).toHaveLength(1)
  })
})
