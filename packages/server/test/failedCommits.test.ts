import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { sqlitePlaces } from './support/sqlitePlaces.js'
import { describeSqlite } from './support/sqliteOnly.js'

const contract = extendContract(coreContract, {
  commands: { 'child:add': command({ input: json, output: json, delivery: 'once' }) },
})
/** A row that no commit takes, since what it refers to is missing. */
const orphan = sql`insert into children (parent) values ('nobody')`

/** A server with two tables of the app's own, whose reference is checked by the commit. */
async function startFamily(databaseUrl: string) {
  const context = await startServer({
    ...{ databaseUrl, contract },
    commands: {
      'child:add': async ({ transaction, input }) => {
        if (input === 'ends it') await sql`commit`.execute(transaction)
        else await orphan.execute(transaction)
        return null
      },
    },
  })
  const { database } = context.server
  await sql`create table parents (id text primary key)`.execute(database)
  await sql`create table children (
    parent text references parents (id) deferrable initially deferred)`.execute(database)
  return context
}

describe.each(sqlitePlaces)('a commit that fails, %s', (_name, urlOf) => {
  it('fails the transaction of the app with its own error, and nothing else', async () => {
    await using directory = await temporaryDirectory()
    await using context = await startFamily(urlOf(directory.databaseUrl))
    const { database } = context.server
    const failing = database.transaction().execute((transaction) => orphan.execute(transaction))
    await expect(failing).rejects.toThrow(/foreign key/i)
    await sql`insert into parents (id) values ('sara')`.execute(database)
    const client = await roomClient(context)
    expect(await client.deliver(randomUUID(), [sendItem(1, ROOM, 'x')])).toMatchObject({
      answers: [{ n: 1, ok: true }],
    })
  })

  it('fails a once command alone', async () => {
    await using directory = await temporaryDirectory()
    await using context = await startFamily(urlOf(directory.databaseUrl))
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [
      { n: 1, name: 'child:add', input: 'x' },
      sendItem(2, ROOM, 'x'),
      { n: 3, name: 'child:add', input: 'x' },
      sendItem(4, ROOM, 'y'),
    ]
    const { answers } = (await client.deliver(outbox, items)) as {
      answers: { n: number; ok: boolean }[]
    }
    expect(answers.map(({ n, ok }) => [n, ok])).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, true],
    ])
    const rows = await sql`select * from children`.execute(context.server.database)
    expect(rows.rows).toEqual([])
  })
})

describeSqlite('a handler that ends its own transaction', () => {
  it.each(sqlitePlaces)('fails alone, %s', async (_name, urlOf) => {
    await using directory = await temporaryDirectory()
    await using context = await startFamily(urlOf(directory.databaseUrl))
    const client = await roomClient(context)
    const items = [{ n: 1, name: 'child:add', input: 'ends it' }, sendItem(2, ROOM, 'x')]
    expect(await client.deliver(randomUUID(), items)).toMatchObject({
      answers: [
        { n: 1, ok: false },
        { n: 2, ok: true },
      ],
    })
  })
})
