import { command, coreContract, extendContract } from '@yektayar/protocol'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { UsageError } from '../src/index.js'
import { kinds } from './support/openStores.js'
import { range } from './support/range.js'
import { roomClient, ROOM, sendItem } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { itSqlite } from './support/sqliteOnly.js'
import { emptyPostgres } from './support/testDatabase.js'

const CaseId = z.object({ caseId: z.string() })
const contract = extendContract(coreContract, {
  commands: {
    'case:close': command({ input: z.string(), output: z.null(), delivery: 'once' }),
  },
  events: { 'case:closed': CaseId, 'case:opened': CaseId },
})

async function start(options: { databaseUrl?: string; checkEvents?: boolean } = {}) {
  const context = await startServer({
    contract,
    limits: { storePollMs: 10 },
    ...options,
    commands: {
      'case:close': async ({ input, emit, database }) => {
        await emit('case:closed', { caseId: input }, { to: { everyone: true } })
        await database.schema.createTable(`case_${input}`).addColumn('id', 'text').execute()
        return null
      },
    },
  })
  return context
}

type Context = Awaited<ReturnType<typeof start>>

/** A client that collects the events of its app. */
async function listen(context: Context, userId?: string) {
  const client = await roomClient(context)
  const heard: unknown[] = []
  client.socket.onAny((name: string, payload: unknown) => {
    if (name.startsWith('case:')) heard.push(payload)
  })
  const { sessions } = context.server
  const session = await sessions.findByToken(client.token)
  const socketId = client.socket.id
  if (userId !== undefined) await sessions.signIn(session?.id ?? '', userId, { socketId })
  const sessionId = () =>
    context.server.io.sockets.sockets.get(socketId ?? '')?.data.sessionId ?? ''
  return { ...client, heard, socketId, sessionId }
}

describe('emit()', () => {
  it('reaches a user, a session, a room or everyone', async () => {
    await using context = await start()
    const [sara, omid, other] = [
      await listen(context, 'sara'),
      await listen(context, 'omid'),
      await listen(context),
    ]
    await omid.join(ROOM)
    const { emit } = context.server
    await emit('case:closed', { caseId: 'user' }, { to: { user: 'sara' } })
    await emit('case:closed', { caseId: 'session' }, { to: { session: other.sessionId() } })
    await emit('case:closed', { caseId: 'room' }, { to: { room: ROOM } })
    await emit('case:opened', { caseId: 'all' }, { to: { everyone: true } })
    await vi.waitFor(() => {
      expect(sara.heard).toEqual([{ caseId: 'user' }, { caseId: 'all' }])
      expect(omid.heard).toEqual([{ caseId: 'room' }, { caseId: 'all' }])
      expect(other.heard).toEqual([{ caseId: 'session' }, { caseId: 'all' }])
    })
  })

  it('refuses a room of no pattern, which nobody can be in', async () => {
    await using context = await start()
    const { emit } = context.server
    const to = { room: 'supprot:42' }
    // @ts-expect-error -- a name of no pattern does not compile
    await expect(emit('case:closed', { caseId: '42' }, { to })).rejects.toMatchObject({
      code: 'unknown_room',
      hint: expect.stringContaining('public:{topic}') as string,
    })
  })

  it('sends nothing to the user of before from the turn of a sign-out on', async () => {
    await using context = await start()
    const client = await listen(context, 'sara')
    const { emit, sessions } = context.server
    await emit('case:closed', { caseId: 'before' }, { to: { user: 'sara' } })
    await sessions.signOut(client.sessionId(), { socketId: client.socketId })
    void emit('case:closed', { caseId: 'after' }, { to: { user: 'sara' } })
    await emit('case:closed', { caseId: 'all' }, { to: { everyone: true } })
    await vi.waitFor(() => {
      expect(client.heard).toEqual([{ caseId: 'before' }, { caseId: 'all' }])
    })
  })

  const wrong: [why: string, given: unknown[], code: string, text: string][] = [
    [
      'a slip in the event',
      ['case:clsoed', {}, {}],
      'unknown_event',
      'Did you mean "case:closed"?',
    ],
    ['an event of the core', ['connected', {}, {}], 'unknown_event', 'core contract'],
    ['an inherited name', ['toString', {}, {}], 'unknown_event', 'no event of the contract'],
    ['no event', [5, {}, {}], 'unknown_event', 'case:closed, case:opened'],
    ['no target', ['case:closed', {}], 'invalid_target', 'exactly one'],
    [
      'two targets',
      ['case:closed', {}, { user: 'a', everyone: true }],
      'invalid_target',
      'names 2',
    ],
    ['a slip in the target', ['case:closed', {}, { usr: 'a' }], 'invalid_target', 'mean "user"?'],
    ['a user without id', ['case:closed', {}, { user: undefined }], 'invalid_target', 'names 0'],
    ['an empty user', ['case:closed', {}, { user: '' }], 'invalid_target', 'not empty'],
    ['not everyone', ['case:closed', {}, { everyone: false }], 'invalid_target', 'is true'],
    ['no name of a room', ['case:closed', {}, { room: '\0' }], 'invalid_target', 'name of a room'],
    ['what is not JSON', ['case:closed', new Map(), { user: 'a' }], 'invalid_payload', 'Map'],
    [
      'a wrong payload',
      ['case:closed', { caseId: 5 }, { user: 'a' }],
      'invalid_payload',
      'at "caseId"',
    ],
    [
      'a large payload',
      ['case:closed', { caseId: 'x'.repeat(70_000) }, { user: 'a' }],
      'payload_too_large',
      'maxPayloadBytes',
    ],
  ]
  it.each(wrong)('refuses %s', async (_why, [event, payload, to], code, text) => {
    await using context = await start()
    const emit = context.server.emit as (...given: unknown[]) => Promise<void>
    const refused: unknown = await emit(event, payload, { to }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(UsageError)
    expect(refused).toMatchObject({ code, message: expect.stringContaining(text) as string })
  })

  it('checks payloads in production only where it is asked to', async () => {
    await using context = await start({ checkEvents: false })
    const client = await listen(context)
    const emit = context.server.emit as (...given: unknown[]) => Promise<void>
    await emit('case:closed', { caseId: 5 }, { to: { everyone: true } })
    await vi.waitFor(() => {
      expect(client.heard).toEqual([{ caseId: 5 }])
    })
  })

  it('of a once handler that cannot be sent does not fail what is committed', async () => {
    await using context = await start()
    const client = await listen(context)
    const { adapter } = context.server.io.sockets
    const broken = vi.spyOn(adapter, 'broadcast').mockImplementation(() => {
      throw new Error('This adapter is broken')
    })
    await expect(client.ask('case:close', 'a')).resolves.toBeNull()
    await client.deliver(crypto.randomUUID(), [{ n: 1, name: 'case:close', input: 'b' }])
    broken.mockRestore()
    await client.ask('case:close', 'c')
    expect(client.heard).toEqual([{ caseId: 'c' }])
  })

  it('of a once handler is sent once, after its commit', async () => {
    await using context = await start()
    const client = await listen(context)
    const outbox = crypto.randomUUID()
    const item = { n: 1, name: 'case:close', input: 'a' }
    await client.deliver(outbox, [item])
    await client.deliver(outbox, [item])
    await client.deliver(outbox, [
      sendItem(2, 'public:a', 'x'),
      { n: 3, name: 'case:close', input: 'a' },
    ])
    await expect(client.ask('case:close', 'a')).rejects.toMatchObject({ code: 'internal_error' })
    await client.ask('case:close', 'b')
    await vi.waitFor(() => {
      expect(client.heard).toEqual([{ caseId: 'a' }, { caseId: 'b' }])
    })
  })
})

describe.runIf(kinds.length > 1)('emit() of a once handler on PostgreSQL', () => {
  it('is sent once where another transaction was in the way of the first try', async () => {
    let tries = 0
    await using context = await startServer({
      contract,
      databaseUrl: await emptyPostgres(),
      commands: {
        'case:close': async ({ input, emit, database }) => {
          await emit('case:closed', { caseId: input }, { to: { everyone: true } })
          const isInTheWay = ++tries === 1 // 40001: serialization_failure
          if (isInTheWay)
            await sql`do $$ begin raise exception using errcode = '40001'; end $$`.execute(database)
          return null
        },
      },
    })
    const client = await listen(context)
    await client.deliver(crypto.randomUUID(), [{ n: 1, name: 'case:close', input: 'a' }])
    await client.ask('case:close', 'b')
    expect(tries).toBe(3)
    expect(client.heard).toEqual([{ caseId: 'a' }, { caseId: 'b' }])
  })
})

describe('emit() with several processes on one store', () => {
  async function startTwo(databaseUrl: string) {
    const first = await start({ databaseUrl })
    const second = await start({ databaseUrl })
    await new Promise((resolve) => setTimeout(resolve, 50)) // until each has heard of the other
    return { first, second }
  }

  it('reaches those at the others, each event once', async () => {
    await using directory = await temporaryDirectory()
    const { first, second } = await startTwo(directory.databaseUrl)
    await using _first = first
    await using _second = second
    const [here, there] = [await listen(first, 'sara'), await listen(second, 'sara')]
    const ids = range(1, 200).map(String)
    for (const [index, caseId] of ids.entries()) {
      const { emit } = (index % 2 === 0 ? first : second).server
      await emit('case:closed', { caseId }, { to: { user: 'sara' } })
    }
    await here.ask('case:close', 'c')
    const all = [...ids, 'c'].map((caseId) => ({ caseId }))
    const byId = (heard: unknown[]) => new Set(heard.map((payload) => JSON.stringify(payload)))
    for (const { heard } of [here, there]) {
      await vi.waitFor(() => {
        expect(heard).toHaveLength(all.length)
      })
      expect(byId(heard)).toEqual(byId(all))
    }
  })

  itSqlite('forgets the payloads that all have read', async () => {
    await using directory = await temporaryDirectory()
    const { first, second } = await startTwo(directory.databaseUrl)
    await using _first = first
    await using _second = second
    const { emit } = first.server
    for (const id of range(1, 300)) {
      await emit('case:closed', { caseId: String(id) }, { to: { everyone: true } })
    }
    expect(await countTold(first)).toBeLessThan(200)
  })

  itSqlite('writes nothing where there is no other', async () => {
    await using directory = await temporaryDirectory()
    await using alone = await start({ databaseUrl: directory.databaseUrl })
    await alone.server.emit('case:closed', { caseId: 'a' }, { to: { everyone: true } })
    expect(await countTold(alone)).toBe(0)
  })
})

/** How many commits have events for other processes. */
async function countTold({ server }: Context): Promise<number> {
  const told = sql<{ count: number }>`select count(*) as count from news where events is not null`
  return (await told.execute(server.database)).rows[0]?.count ?? 0
}
