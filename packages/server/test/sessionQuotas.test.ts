import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { range } from './support/range.js'
import { answersOf, roomClient, ROOM, sendItem } from './support/roomClient.js'
import { startServer } from './support/server.js'

const roomOf = (n: number) => `public:r${String(n)}` as const

type Context = Awaited<ReturnType<typeof startServer>>

/** The names of the rooms that have a row. */
async function storedRooms({ server }: Context): Promise<string[]> {
  const stored = sql<{ name: string }>`select name from rooms order by name`
  const { rows } = await stored.execute(server.database)
  return rows.map(({ name }) => name)
}

describe('the rooms that one session may begin', () => {
  const limits = { newRoomsPerSessionPerHour: 3 }

  it('are counted, and the next one is refused until later', async () => {
    await using context = await startServer({ limits })
    const [busy, other] = [await roomClient(context), await roomClient(context)]
    for (const n of range(1, 3)) await busy.send(roomOf(n), n)
    await expect(busy.send(roomOf(4), 4)).rejects.toMatchObject({
      code: 'rate_limited',
      retryable: true,
      data: { retryAfterMs: expect.any(Number) as number },
    })
    expect(await storedRooms(context)).toEqual(range(1, 3).map(roomOf))
    await busy.send(roomOf(1), 'goes on') // this session created this room earlier
    await other.send(roomOf(4), 4)
    await busy.send(roomOf(4), 'begun by another')
  })

  it('do not bound what the server itself publishes', async () => {
    await using context = await startServer({ limits })
    for (const n of range(1, 9)) await context.server.publish(roomOf(n), n)
    expect(await storedRooms(context)).toHaveLength(9)
  })

  it('spare those that share the transaction', async () => {
    await using context = await startServer({ limits })
    const [busy, other] = [await roomClient(context), await roomClient(context)]
    const sent = await Promise.allSettled([
      ...range(1, 6).map((n) => busy.send(roomOf(n), n)),
      ...range(6, 7).map((n) => other.send(roomOf(n), n)),
    ])
    expect(sent.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(sent.slice(-2).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await storedRooms(context)).toHaveLength(5)
  })

  it('count those that are joined, though joining goes on', async () => {
    await using context = await startServer({ limits })
    const client = await roomClient(context)
    for (const n of range(1, 9)) await client.join(roomOf(n))
    await expect.poll(() => storedRooms(context)).toHaveLength(3)
    await expect(client.send(roomOf(10), 'one more')).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })
})

describe('the bytes that one session may store', () => {
  const limits = { storedBytesPerSessionPerHour: 3_500 }
  const large = 'ö'.repeat(450)

  it('are counted, and what is beyond them is refused until later', async () => {
    await using context = await startServer({ limits })
    const [busy, other] = [await roomClient(context), await roomClient(context)]
    for (const n of range(1, 3)) await busy.send(roomOf(n), large)
    await expect(busy.send(ROOM, large)).rejects.toMatchObject({
      code: 'rate_limited',
      data: { retryAfterMs: expect.any(Number) as number },
    })
    await busy.send(ROOM, 'small')
    await other.send(ROOM, large)
    for (let count = 0; count < 9; count++) await context.server.publish(ROOM, large)
  })

  it('end a delivery where they are used up, and nothing takes effect twice', async () => {
    await using context = await startServer({ limits })
    const client = await roomClient(context)
    const outbox = 'outbox-with-large-items'
    const items = range(1, 5).map((n) =>
      sendItem(n, ROOM, `${String(n)}${large}`, `key-${String(n)}`),
    )
    const answers = answersOf(await client.deliver(outbox, items))
    expect(answers).toMatchObject(range(1, 3).map((n) => ({ n, ok: true })))
    for (let tries = 0; tries < 2; tries++) {
      // Items delivered before are answered again; the others must wait.
      expect(answersOf(await client.deliver(outbox, items))).toEqual(answers)
      await expect(client.deliver(outbox, items.slice(3))).rejects.toMatchObject({
        code: 'rate_limited',
      })
    }
    const { messages } = await client.join(ROOM)
    expect(messages.map(({ data }) => data)).toEqual(range(1, 3).map((n) => `${String(n)}${large}`))
  })

  it('count the answers of items from an outbox that are refused or handled', async () => {
    const input = z.object({ ['long'.repeat(40)]: z.string() })
    const contract = extendContract(coreContract, {
      commands: {
        refused: command({ input, output: z.string(), delivery: 'once' }),
        handled: command({ input: z.string(), output: z.string(), delivery: 'once' }),
      },
    })
    await using context = await startServer({
      limits,
      contract,
      commands: { refused: () => 'never', handled: () => large },
    })
    for (const [name, given] of [
      ['refused', {}],
      ['handled', 'x'],
    ] as const) {
      const client = await roomClient(context)
      const deliver = () =>
        client.deliver(randomUUID(), [{ n: 1, name, input: given, key: randomUUID() }])
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, deliver))
      const refusals = outcomes.filter(({ status }) => status === 'rejected')
      expect(outcomes[0]?.status).toBe('fulfilled')
      expect(refusals.length).toBeGreaterThan(15)
      for (const refusal of refusals)
        expect(refusal).toMatchObject({
          reason: { code: 'rate_limited', data: { limit: 'storedBytesPerSessionPerHour' } },
        })
      await expect(client.send(ROOM, 'small')).resolves.toBeDefined()
    }
  })

  it('take back what a handler did for a message that is refused', async () => {
    const seen: unknown[] = []
    await using context = await startServer({
      limits,
      onMessage: async ({ input, transaction }) => {
        seen.push(input)
        const name = `handled ${String(seen.length)}`
        const now = Date.now() // with an older time, a sweep would remove the room as unused
        await sql`
          insert into rooms (name, seq, used_at, oldest_at)
          values (${name}, 0, ${now}, ${now})`.execute(transaction)
      },
    })
    const client = await roomClient(context)
    for (let count = 0; count < 3; count++) await client.ask('message', large)
    await expect(client.ask('message', large)).rejects.toMatchObject({ code: 'rate_limited' })
    const rooms = await storedRooms(context)
    expect(rooms.filter((name) => name.startsWith('handled'))).toHaveLength(3)
  })
})
