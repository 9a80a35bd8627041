import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { CommandError } from '../src/index.js'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer } from './support/server.js'

describe('an app’s own once command', () => {
  const contract = extendContract(coreContract, {
    commands: {
      'order:place': command({
        input: z.string(),
        output: z.object({ ordered: z.string() }),
        delivery: 'once',
      }),
    },
  })

  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an interface has no index signature
  type Tables = { orders: { name: string; key: string } }

  /** A server with an app's own table, and a handler that each test chooses. */
  async function startShop(handle: (name: string, signal: AbortSignal) => unknown, limits = {}) {
    const context = await startServer({
      contract,
      limits,
      commands: {
        'order:place': async ({ input, transaction, key, signal }) => {
          const orders = transaction.withTables<Tables>()
          await orders.insertInto('orders').values({ name: input, key }).execute()
          await handle(input, signal)
          return { ordered: input }
        },
      },
    })
    const database = context.server.database.withTables<Tables>()
    await database.schema
      .createTable('orders')
      .addColumn('name', 'text')
      .addColumn('key', 'text')
      .execute()
    return { context, orders: () => database.selectFrom('orders').selectAll().execute() }
  }

  it('does what it does in its transaction exactly once', async () => {
    const handle = vi.fn()
    const { context, orders } = await startShop(handle)
    await using _context = context
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [
      sendItem(1, ROOM, 'before'),
      { n: 2, name: 'order:place', input: 'tea' },
      sendItem(3, ROOM, 'after'),
    ]
    const first = await client.deliver(outbox, items)
    expect(answersOf(first)).toMatchObject([
      { ok: true },
      { ok: true, data: { ordered: 'tea' } },
      { ok: true },
    ])
    expect(await client.deliver(outbox, items)).toEqual(first)
    expect(handle).toHaveBeenCalledOnce()
    expect(await orders()).toEqual([{ name: 'tea', key: `${outbox}.2` }])
    expect(await logOf(client)).toEqual(['before', 'after'])
  })

  it('that throws takes back what it did, and its refusal is kept', async () => {
    const handle = vi.fn(() => {
      throw new CommandError('conflict', 'Sold out')
    })
    const { context, orders } = await startShop(handle)
    await using _context = context
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [{ n: 1, name: 'order:place', input: 'tea' }, sendItem(2, ROOM, 'after')]
    const first = await client.deliver(outbox, items)
    expect(answersOf(first)).toMatchObject([{ error: { code: 'conflict' } }, { ok: true }])
    expect(await client.deliver(outbox, items)).toEqual(first)
    expect(handle).toHaveBeenCalledOnce()
    expect(await orders()).toEqual([])
  })

  it('that takes too long is stopped, and nothing of it is kept', async () => {
    const aborted: boolean[] = []
    const { context, orders } = await startShop(
      (_name, signal) => {
        aborted.push(signal.aborted)
        signal.addEventListener('abort', () => aborted.push(signal.aborted))
        return new Promise(() => undefined)
      },
      { transactionTimeoutMs: 30 },
    )
    await using _context = context
    const client = await roomClient(context)
    const items = [{ n: 1, name: 'order:place', input: 'tea' }]
    expect(answersOf(await client.deliver(randomUUID(), items))).toMatchObject([
      { error: { code: 'handler_timeout' } },
    ])
    expect(aborted).toEqual([false, true])
    expect(await orders()).toEqual([])
  })

  it('runs without an outbox too, and is refused as it is', async () => {
    const { context, orders } = await startShop((input) => {
      if (input === 'coffee') throw new Error('broken')
    })
    await using _context = context
    const client = await roomClient(context)
    expect(await client.ask('order:place', 'tea')).toEqual({ ordered: 'tea' })
    await expect(client.ask('order:place', 'coffee')).rejects.toMatchObject({
      code: 'internal_error',
    })
    expect((await orders()).map(({ name }) => name)).toEqual(['tea'])
  })
})
