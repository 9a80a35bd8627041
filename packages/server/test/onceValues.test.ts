import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { OnceContext } from '../src/index.js'
import { captureLog } from './support/captureLog.js'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'

const contract = extendContract(coreContract, {
  commands: {
    'order:place': command({ input: z.string(), output: z.any(), delivery: 'once' }),
  },
})

// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an interface has no index signature
type Tables = { orders: { name: string; paid: unknown } }

/** The answers to a handler's item and to one item on each side of it, in production. */
async function placeOrder(handle: (context: OnceContext<string>) => unknown) {
  await using context = await startServer({
    contract,
    environment: 'production',
    logLevel: 'error',
    commands: { 'order:place': (running) => handle(running) },
  })
  const log = captureLog(context.server)
  const database = context.server.database.withTables<Tables>()
  await database.schema
    .createTable('orders')
    .addColumn('name', 'text', (column) => column.unique())
    .addColumn('paid', isOnPostgres ? 'boolean' : 'integer')
    .execute()
  const [client, bystander] = [await roomClient(context), await roomClient(context)]
  const outbox = randomUUID()
  const items = [
    sendItem(1, ROOM, 'before'),
    { n: 2, name: 'order:place', input: 'tea', key: 'tea' },
    sendItem(3, ROOM, 'after'),
  ]
  const [answers] = await Promise.all([
    client.deliver(outbox, items).then(answersOf),
    bystander.send('public:other', 'x'),
  ])
  expect(answersOf(await client.deliver(outbox, items))).toEqual(answers)
  expect(await logOf(client)).toEqual(['before', 'after'])
  expect(answers).toMatchObject([{ ok: true }, {}, { ok: true }])
  const alone = await client.ask('order:place', 'coffee').catch((error: unknown) => error)
  return {
    answer: answers[1],
    alone,
    rows: await database.selectFrom('orders').selectAll().execute(),
    log: log.text(),
  }
}

const insert = (paid: unknown) => (context: OnceContext<string>) =>
  context.transaction
    .withTables<Tables>()
    .insertInto('orders')
    .values({ name: context.input, paid: sql`${paid}` })
    .execute()
    .then(() => ({ placed: context.input }))

/** Values that no database stores as they are; libsql takes fewer kinds than PostgreSQL. */
const unfit: [kind: string, value: unknown][] = isOnPostgres
  ? [
      ['undefined', undefined],
      ['NaN', NaN],
      ['a symbol', Symbol('x')],
      ['an object of a class', new Map()],
    ]
  : [
      ['a Date', new Date(0)],
      ['undefined', undefined],
      ['a bigint', 1n],
      ['NaN', NaN],
      ['an object', { a: 1 }],
    ]

describe('an app’s own once command', () => {
  it('may write booleans', async () => {
    const { answer, alone, rows } = await placeOrder(insert(true))
    expect(answer).toEqual({ n: 2, ok: true, data: { placed: 'tea' } })
    expect(alone).toEqual({ placed: 'coffee' })
    const paid = isOnPostgres ? true : 1
    expect(rows).toEqual([
      { name: 'tea', paid },
      { name: 'coffee', paid },
    ])
  })

  it.each(unfit)(
    'that writes %s fails by itself, and the log names its place',
    async (kind, paid) => {
      const { answer, alone, rows, log } = await placeOrder(insert(paid))
      expect(answer).toMatchObject({ n: 2, ok: false, error: { code: 'internal_error' } })
      expect(alone).toMatchObject({ code: 'internal_error' })
      expect(rows).toEqual([])
      const place = isOnPostgres ? 'parameter 2 of insert into .*orders.*' : 'orders\\.paid'
      expect(log).toMatch(new RegExp(`${place}: ${kind}`))
    },
  )

  it.each<[string, (context: OnceContext<string>) => unknown]>([
    [
      'whose text is too big for the database',
      ({ transaction }) =>
        sql`insert into orders (name) values (zeroblob(2000000000))`.execute(transaction),
    ],
    [
      'whose own other database is busy',
      () => {
        throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
      },
    ],
    [
      'that breaks a constraint only at the commit',
      async ({ transaction }) => {
        const database = transaction
        await sql`pragma defer_foreign_keys = on`.execute(database)
        await sql`create table child (parent references orders (name))`.execute(database)
        await sql`insert into child values ('nobody')`.execute(database)
      },
    ],
    [
      'that throws nothing in particular',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- plain JavaScript may do this
        throw undefined
      },
    ],
  ])('%s fails by itself', async (_what, handle) => {
    const { answer, alone, rows } = await placeOrder(handle)
    expect(answer).toMatchObject({ n: 2, ok: false, error: { code: 'internal_error' } })
    expect(alone).toMatchObject({ code: 'internal_error' })
    expect(rows).toEqual([])
  })

  it.each([
    ['a bigint', () => ({ count: 1n })],
    [
      'a cycle',
      () => {
        const cycle: { self?: unknown } = {}
        cycle.self = cycle
        return cycle
      },
    ],
    ['an Error', () => ({ why: new Error('x') })],
    ['a Map', () => new Map()],
    ['a function', () => () => 1],
    ['a buffer', () => ({ bytes: Buffer.from('ab') })],
    ['NaN', () => NaN],
    [
      'a depth without end',
      () => {
        let deep: unknown[] = []
        for (let level = 0; level < 100_000; level++) deep = [deep]
        return deep
      },
    ],
  ])('that returns %s fails by itself, and takes back what it did', async (_what, result) => {
    const { answer, alone, rows, log } = await placeOrder(async (context) => {
      await insert(1)(context)
      return result()
    })
    expect(answer).toMatchObject({ n: 2, ok: false, error: { code: 'internal_error' } })
    expect(alone).toMatchObject({ code: 'internal_error' })
    expect(rows).toEqual([])
    expect(log).toMatch(/order:place.*not JSON|not JSON.*order:place/s)
  })
})
