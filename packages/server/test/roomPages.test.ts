import type { RoomMessage } from '@yektayar/protocol'
import { CompiledQuery, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { readMessages } from '../src/store/readMessages.js'
import { messageRowsOf } from '../src/store/sqlite/messageRows.js'
import { catchUp, readHistory } from '../src/rooms/catchUp.js'
import { selectHead } from '../src/store/sqlite/roomQueries.js'
import type { RoomStore } from '../src/store/store.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { openTestStore } from './support/openTestStore.js'
import { itSqlite } from './support/sqliteOnly.js'

const PAGE_BYTES = 128 * 1024

interface Page {
  readonly messages: readonly RoomMessage[]
  readonly more: boolean
}

const bytesOf = (answer: unknown): number => Buffer.byteLength(JSON.stringify(answer))
const seqsOf = ({ messages }: Page): number[] => messages.map(({ seq }) => seq)

/** A room with messages of one size, and a client. */
async function roomOf(count: number, letter: string, length: number) {
  const context = await startServer()
  const text = letter.repeat(length)
  await Promise.all(range(1, count).map(() => context.server.publish(ROOM, text)))
  return {
    ...context,
    ...(await roomClient(context)),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

/** A store with one room, filled by transactions; each lists the sizes of its messages in bytes. */
async function storeOf(sizes: readonly (readonly number[])[]) {
  const { database, rooms, outboxes, ...opened } = await openTestStore({
    limits: { commitGroupMs: 10_000 },
  })
  for (const transaction of sizes) {
    await Promise.all(
      transaction.map((size) =>
        outboxes.append({
          room: ROOM,
          message: { id: 'id', from: 'server', data: 'x'.repeat(size) },
        }),
      ),
    )
  }
  return { database, store: rooms, ...opened }
}

describe('an answer with messages of a room', () => {
  it('has at most 128 kB of JSON, and the rest comes page by page in both directions', async () => {
    await using client = await roomOf(30, 'x', 60_000)
    const joined = await client.join(ROOM)
    expect(bytesOf(joined)).toBeLessThanOrEqual(PAGE_BYTES)
    expect(joined).toMatchObject({ seq: 30, more: true })
    expect(seqsOf(joined)).toEqual([30])

    const forward: number[] = []
    for (let more = true; more;) {
      const after = forward.at(-1) ?? 0
      const page = (await client.ask('room:history', { room: ROOM, after })) as Page
      expect(bytesOf(page)).toBeLessThanOrEqual(PAGE_BYTES)
      forward.push(...seqsOf(page))
      ;({ more } = page)
    }
    expect(forward).toEqual(range(1, 30))

    const backward: number[] = []
    for (let more = true; more;) {
      const before = backward[0] ?? 31
      const page = (await client.ask('room:history', { room: ROOM, before })) as Page
      expect(bytesOf(page)).toBeLessThanOrEqual(PAGE_BYTES)
      backward.unshift(...seqsOf(page))
      ;({ more } = page)
    }
    expect(backward).toEqual(range(1, 30))
  })

  it.each([
    ['letters of three bytes', 'ش', 1_250],
    ['what JSON has to escape', '"', 1_250],
    ['next to nothing', '', 0],
  ])('is bounded where the messages are %s', async (_what, letter, length) => {
    await using client = await roomOf(560, letter, length)
    for (const input of [{}, { after: 3 }, { before: 555 }]) {
      const page = (await client.ask('room:history', { room: ROOM, ...input })) as Page
      expect(bytesOf(page)).toBeLessThanOrEqual(PAGE_BYTES)
      expect(page.more).toBe(true)
      const seqs = seqsOf(page)
      expect(seqs).toEqual(range(seqs[0] ?? 0, seqs.at(-1) ?? 0))
    }
    const joined = await client.join(ROOM, { epoch: (await client.join(ROOM)).epoch, seq: 3 })
    expect(bytesOf(joined)).toBeLessThanOrEqual(PAGE_BYTES)
  })

  it('has one message though that is larger than a page', async () => {
    await using client = await roomOf(3, 'x', 400_000)
    expect(seqsOf(await client.join(ROOM))).toEqual([3])
    const page = (await client.ask('room:history', { room: ROOM, after: 1 })) as Page
    expect(seqsOf(page)).toEqual([2])
    expect(page.more).toBe(true)
  })

  it('goes on after a message that is larger than a page', async () => {
    await using context = await storeOf([[400_000], [10]])
    const { store } = context
    const after = { epoch: store.epoch, seq: 1, id: 'id' }
    const { page } = await catchUp(store, ROOM, after, { limit: 50, maxBytes: PAGE_BYTES })
    expect(page.reset).toBeUndefined()
    expect(seqsOf(page)).toEqual([2])
  })

  it('lists members in a quarter of it', async () => {
    await using context = await startServer({ limits: { maxNamedMembers: 1_000 } })
    const { database } = context.server.app.yektayar
    const values = range(1, 600).map((n) => ({
      room: ROOM,
      member: `user:${String(n).padStart(150, 'x')}`,
      node: 'another',
      data: null,
      set_at: 0,
    }))
    for (const { room, member, node } of values) {
      await sql`insert into presence (room, member, node) values (${room}, ${member}, ${node})`.execute(
        database,
      )
    }
    await Promise.all(range(1, 50).map(() => context.server.publish(ROOM, 'x'.repeat(2_500))))
    const client = await roomClient(context)
    const joined = await client.join(ROOM)
    expect(joined.members.length).toBeGreaterThan(100)
    expect(joined.messages.length).toBeGreaterThan(25)
    expect(bytesOf(joined)).toBeLessThanOrEqual(PAGE_BYTES)
  })
})

describe('reading a page', () => {
  it('fails, and does not end the process, when the store was closed', async () => {
    const { rooms, [Symbol.asyncDispose]: close } = await openTestStore()
    const bounds = { limit: 5, maxBytes: PAGE_BYTES }
    await rooms.read(ROOM, bounds)
    await close()
    await expect(rooms.read(ROOM, bounds)).rejects.toThrow(
      /closed|destroyed|unavailable|cannot be used/,
    )
  })

  itSqlite('costs the same however long the log is', async () => {
    const readRows = async (length: number): Promise<number> => {
      await using context = await storeOf(range(1, length).map(() => [10]))
      const { database, store } = context
      let rows = 0
      const counted = database.withPlugin({
        transformQuery: ({ node }) => node,
        transformResult: ({ result }) => {
          rows += result.rows.length
          return Promise.resolve(result)
        },
      })
      const logs = { database: counted, epoch: store.epoch }
      const from: RoomStore = {
        ...store,
        head: (room) => selectHead(logs, room),
        read: (room, part) => readMessages(messageRowsOf(logs), room, part),
      }
      const bounds = { limit: 5, maxBytes: PAGE_BYTES }
      await readHistory(from, ROOM, { ...bounds, after: 3 })
      await readHistory(from, ROOM, { ...bounds, before: 20 })
      await readHistory(from, ROOM, bounds)
      await catchUp(from, ROOM, { epoch: store.epoch, seq: 2, id: 'id' }, bounds)
      return rows
    }
    const rows = await readRows(600)
    expect(rows).toBeGreaterThan(20)
    expect(rows).toBe(await readRows(1_200))
  })

  it('reads no more than fits into it, where one row has many messages', async () => {
    await using context = await storeOf(range(1, 60).map(() => range(1, 32).map(() => 100)))
    for (const position of [{ after: 3 }, { before: 1_900 }, {}]) {
      const range = { ...position, limit: 200, maxBytes: PAGE_BYTES }
      const { messages, bytes } = await context.store.read(ROOM, range)
      expect(messages).toHaveLength(200)
      expect(bytes).toBeLessThan(1.2 * Buffer.byteLength(JSON.stringify(messages)))
    }
  })

  itSqlite('finds each row by the key, and sorts nothing', async () => {
    await using context = await storeOf([[1], [2], [3]])
    const { database, store } = context
    const plans: string[] = []
    const explaining = database.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => Promise.resolve(result),
    })
    const run = explaining.executeQuery.bind(explaining)
    explaining.executeQuery = async (query) => {
      const { sql, parameters } = query as CompiledQuery
      const explain = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
      const { rows } = await database.executeQuery<{ detail: string }>(explain)
      plans.push(...rows.map(({ detail }) => detail))
      return run(query)
    }
    const from = { database: explaining, epoch: store.epoch }
    for (const position of [{ after: 1 }, { before: 3 }, {}]) {
      await readMessages(messageRowsOf(from), ROOM, { ...position, limit: 1, maxBytes: PAGE_BYTES })
    }
    expect(plans.length).toBeGreaterThanOrEqual(6)
    for (const plan of plans) {
      expect(plan).toMatch(/^(SEARCH room_messages USING (COVERING )?INDEX|SCALAR SUBQUERY)/)
    }
  })

  it('reads no row of more than 64 kB and a message, whatever one turn has appended', async () => {
    await using context = await storeOf([range(1, 40).map(() => 60_000), [1, 2, 70_000, 3]])
    const { rows } = await context.database.executeQuery<{ bytes: number }>(
      CompiledQuery.raw('select octet_length(messages) as bytes from room_messages', []),
    )
    for (const { bytes } of rows) expect(bytes).toBeLessThan(2 * 64 * 1024)
    const bounds = { limit: 200, maxBytes: 1e9 }
    const { messages } = await context.store.read(ROOM, bounds)
    expect(messages.map(({ seq }) => seq)).toEqual(range(1, 44))
    expect(messages.map(({ data }) => (data as string).length).slice(38)).toEqual([
      60_000, 60_000, 1, 2, 70_000, 3,
    ])
  })
})
