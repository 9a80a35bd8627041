import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { range } from './support/range.js'
import { answersOf, roomClient, ROOM, sendItem } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'

const MIB = 1024 * 1024
const METRICS_TOKEN = 'a-token-for-metrics'

/** A table that takes space: in PostgreSQL, only the tables of the store count. */
const ballast = sql.raw(isOnPostgres ? 'yektayar.ballast' : 'ballast')

/** A server whose store may grow to at most 1 MiB. */
async function startSmall() {
  const context = await startServer({
    limits: { maxStoreBytes: MIB, storeSizeIntervalMs: 10 },
    metrics: { token: METRICS_TOKEN },
  })
  const store = context.server.database
  return Object.assign(context, {
    async fill() {
      await sql`create table ${ballast} (data text)`.execute(store)
      const data = randomBytes(MIB).toString('hex') // which PostgreSQL cannot compress to nothing
      await sql`insert into ${ballast} values (${data})`.execute(store)
    },
    async empty() {
      await sql`drop table ${ballast}`.execute(store)
    },
    async metric(name: string) {
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` }
      const text = await (await fetch(`${context.url}/metrics`, { headers })).text()
      const line = text.split('\n').find((each) => each.startsWith(`${name} `))
      return Number(line?.slice(name.length))
    },
  })
}

type Client = Awaited<ReturnType<typeof roomClient>>

async function whenFull(client: Client): Promise<void> {
  await vi.waitFor(async () => {
    await expect(client.send(ROOM, 'x')).rejects.toMatchObject({
      code: 'store_full',
      retryable: true,
    })
  })
}

describe('a store that is full', () => {
  it('refuses what would be stored, and goes on once there is room', async () => {
    await using context = await startSmall()
    const client = await roomClient(context)
    await client.join(ROOM)
    const { seq } = await client.send(ROOM, 'before')
    await context.fill()
    await whenFull(client)
    await expect(client.ask('message', 'x')).rejects.toMatchObject({ code: 'store_full' })
    await expect(context.server.publish(ROOM, 'x')).rejects.toMatchObject({ code: 'store_full' })
    await context.empty()
    await vi.waitFor(() => client.send(ROOM, 'after'))
    const { messages } = await client.join(ROOM)
    expect(messages.at(-1)).toMatchObject({ data: 'after' })
    expect(messages.every((message, index) => message.seq === seq + index)).toBe(true)
  })

  it('is read as before: joins, pages, sign-outs and new sessions go on', async () => {
    await using context = await startSmall()
    const client = await roomClient(context)
    await client.send(ROOM, 'before')
    await context.fill()
    await whenFull(client)
    const other = await roomClient(context)
    expect((await other.join(ROOM)).messages[0]).toMatchObject({ data: 'before' })
    expect(await other.join('public:empty')).toMatchObject({ messages: [] })
    expect(await other.ask('room:history', { room: ROOM })).toMatchObject({ more: false })
    expect((await fetch(`${context.url}/ready`)).status).toBe(200)
    const headers = { authorization: `Bearer ${client.token}` }
    const ended = await fetch(`${context.url}/api/session`, { method: 'DELETE', headers })
    expect(ended.status).toBe(204)
  })

  it('still answers what an outbox has brought before, and takes the rest later', async () => {
    await using context = await startSmall()
    const client = await roomClient(context)
    const outbox = 'outbox-of-a-full-store'
    const items = range(1, 4).map((n) => sendItem(n, ROOM, String(n)))
    const first = answersOf(await client.deliver(outbox, items.slice(0, 2)))
    await context.fill()
    await whenFull(client)
    expect(answersOf(await client.deliver(outbox, items))).toEqual(first)
    await expect(client.deliver(outbox, items.slice(2))).rejects.toMatchObject({
      code: 'store_full',
    })
    await context.empty()
    await vi.waitFor(() => client.send(ROOM, 'there is room'))
    const rest = answersOf(await client.deliver(outbox, items.slice(2)))
    expect(rest).toMatchObject(range(3, 4).map((n) => ({ n, ok: true })))
  })

  it('shows in the metrics', async () => {
    await using context = await startSmall()
    const client = await roomClient(context)
    expect(await context.metric('yektayar_store_bytes')).toBeGreaterThan(0)
    expect(await context.metric('yektayar_store_bytes')).toBeLessThan(MIB)
    await context.fill()
    await whenFull(client)
    expect(await context.metric('yektayar_store_bytes')).toBeGreaterThan(MIB)
    const refused = await context.metric('yektayar_refused_total{limit="maxStoreBytes"}')
    expect(refused).toBeGreaterThan(0)
  })
})
