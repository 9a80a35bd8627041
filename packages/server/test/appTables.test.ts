import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CommandError, createServer, tables, yektayar } from '../src/index.js'
import type { AppContext } from '../src/index.js'
import { roomClient } from './support/roomClient.js'
import { acquire, startServer, temporaryDirectory } from './support/server.js'
import { sqlitePlaces } from './support/sqlitePlaces.js'

interface Tables {
  users: { id: string; name: string; isAdmin: boolean }
}

const users = tables<Tables>(async (database) => {
  await database.schema
    .createTable('users')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('isAdmin', 'boolean', (column) => column.notNull())
    .execute()
})
const contract = extendContract(coreContract, {
  commands: {
    'user:add': command({ input: z.string(), output: z.string(), delivery: 'once' }),
    'user:count': command({ input: none, output: z.number() }),
  },
})

/** A server whose every handler and hook uses the table. */
function start(databaseUrl: string) {
  const seen: [where: string, keys: string[]][] = []
  const note = (where: string, context: object) => seen.push([where, Object.keys(context).sort()])
  const count = async ({ database }: AppContext<typeof contract, Tables>): Promise<number> =>
    (await database.selectFrom('users').select('id').execute()).length
  const server = startServer({
    databaseUrl,
    contract,
    tables: users,
    commands: {
      'user:add': async (context) => {
        note('once', context)
        const { database, transaction, input, publish, key } = context
        expect(database).toBe(transaction)
        await database.insertInto('users').values({ id: key, name: input, isAdmin: true }).execute()
        await publish('public:users', input)
        if (input === 'nobody') throw new CommandError('conflict', 'There is no such name')
        return input
      },
      'user:count': (context) => {
        note('command', context)
        return count(context)
      },
    },
    authenticate: async ({ username = '' }, context) => {
      note('authenticate', context)
      const found = context.database.selectFrom('users').selectAll().where('name', '=', username)
      return (await found.executeTakeFirst())?.isAdmin === true ? username : null
    },
    authorize: async (_session, action, _room, context) => {
      note('authorize', context)
      return action === 'read' || (await count(context)) > 0
    },
    onMessage: async (context) => {
      note('onMessage', context)
      await context.publish('public:users', await count(context))
    },
  })
  return { server, seen }
}

describe.each(sqlitePlaces)('an app with tables of its own, %s', (_name, urlOf) => {
  it('uses them in every handler and hook', async () => {
    await using directory = await temporaryDirectory()
    const { server, seen } = start(urlOf(directory.databaseUrl))
    await using context = await server
    const client = await roomClient(context)
    await expect(client.join('public:users')).rejects.toMatchObject({ code: 'room_forbidden' })
    expect(await client.ask('user:add', 'sara')).toBe('sara')
    const { messages } = await client.join('public:users')
    expect(messages).toMatchObject([{ from: 'server', data: 'sara' }])
    await expect(client.ask('user:add', 'nobody')).rejects.toMatchObject({ code: 'conflict' })
    expect(await client.ask('user:count', undefined)).toBe(1)
    await client.ask('message', 'hello')
    await expect.poll(() => client.seen.map(({ data }) => data)).toEqual([1])
    const response = await fetch(`${context.url}/api/session/sign-in`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${(await acquire(context.url)).token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ username: 'sara' }),
    })
    expect(await response.json()).toMatchObject({ userId: 'sara' })
    const shared = ['database', 'emit', 'log', 'publish', 'signal']
    const command = ['connection', 'input', 'session']
    const keysOf = (where: string) => seen.find(([name]) => name === where)?.[1]
    expect(keysOf('command')).toEqual([...shared, ...command].sort())
    expect(keysOf('once')).toEqual([...shared, ...command, 'key', 'transaction'].sort())
    expect(keysOf('onMessage')).toEqual(keysOf('once'))
    expect(keysOf('authorize')).toEqual(shared)
    expect(keysOf('authenticate')).toEqual([...shared, 'address', 'sessionId'].sort())
  })

  it('finds them after a restart', async () => {
    await using directory = await temporaryDirectory()
    if (urlOf(directory.databaseUrl) !== directory.databaseUrl) return
    for (const count of [1, 2]) {
      await using context = await start(directory.databaseUrl).server
      const client = await roomClient(context)
      await client.ask('user:add', `user ${String(count)}`)
      expect(await client.ask('user:count', undefined)).toBe(count)
    }
  })
})

describe('tables()', () => {
  it('runs before the server is ready, and its failure ends the start', async () => {
    const broken = tables<Tables>(() => Promise.reject(new Error('no place for tables')))
    const options = { databaseUrl: 'sqlite::memory:', logLevel: 'silent' } as const
    await expect(createServer({ ...options, tables: broken })).rejects.toThrow('no place')
    const realtime = yektayar({ databaseUrl: 'sqlite::memory:', tables: users })
    await using app = Fastify()
    await app.register(realtime)
    expect(await realtime.database.selectFrom('users').selectAll().execute()).toEqual([])
  })

  it('is what the option takes', async () => {
    const options = { databaseUrl: 'sqlite::memory:', logLevel: 'silent', tables: { users: {} } }
    const wrong = createServer(options as object)
    await expect(wrong).rejects.toThrow('tables: expected what tables() returns')
  })
})
