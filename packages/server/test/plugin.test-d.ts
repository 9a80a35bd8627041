import { command, coreContract, extendContract } from '@yektayar/protocol'
import Fastify from 'fastify'
import { z } from 'zod'
import { tables, yektayar } from '../src/index.js'
import type { RealtimeServer } from '../src/index.js'

const contract = extendContract(coreContract, {
  commands: {
    'case:close': command({
      input: z.object({ caseId: z.string(), reason: z.string().default('done') }),
      output: z.object({ closedAt: z.string() }),
    }),
    'case:rate': command({
      input: z.object({ stars: z.number() }),
      output: z.number(),
      delivery: 'once',
    }),
  },
  events: { 'case:closed': z.object({ caseId: z.string() }) },
})

/** The plugin knows the types of its handlers and hooks without a type argument. */
export const realtime = yektayar({
  contract,
  commands: {
    'case:close': ({ input, session }) => {
      // @ts-expect-error -- not in the input
      const more: unknown = input.more
      return { closedAt: input.reason.trim() + session.id + String(more) }
    },
    'case:rate': ({ input, key }) => input.stars + key.length,
  },
  authenticate: ({ username }) => username ?? null,
  authorize: (session, action) => action === 'read' && session.isLoggedIn,
})
export const server: RealtimeServer<typeof contract> = realtime.io
server.emit('case:closed', { caseId: '1' })
// @ts-expect-error -- there is no such event
realtime.io.emit('case:close', { caseId: '1' })

/** It is registered in any app of Fastify, as it is. */
export async function register(): Promise<void> {
  await Fastify().register(realtime)
  await Fastify().register(realtime, { prefix: '/v1' })
  await Fastify({ http2: true }).register(realtime)
  await Fastify({ https: {} }).register(yektayar())
  await Fastify().register(async (scope) => {
    await scope.register(realtime)
  })
  // @ts-expect-error -- the form of before
  await Fastify().register(yektayar, { databaseUrl: 'sqlite::memory:' })
}

// @ts-expect-error -- the handlers are missing
yektayar({ contract })
yektayar({
  contract,
  commands: {
    // @ts-expect-error -- the wrong result
    'case:close': () => ({ closed: true }),
    'case:rate': () => 5,
  },
})
yektayar({
  contract,
  commands: {
    'case:close': () => ({ closedAt: '' }),
    'case:rate': () => 5,
    // @ts-expect-error -- there is no such command
    'case:clsoe': () => 5,
  },
})
// @ts-expect-error -- there is no such option
yektayar({ authentication: () => null })

interface Tables {
  users: { id: string; isAdmin: boolean }
}

/** Every handler and hook knows the app's tables and events. */
export const withTables = yektayar({
  contract,
  tables: tables<Tables>(async ({ schema }) => {
    await schema.createTable('users').addColumn('id', 'text').execute()
  }),
  commands: {
    'case:close': async ({ input: { caseId }, database, emit, publish, log, signal }) => {
      const user = await database.selectFrom('users').selectAll().executeTakeFirstOrThrow()
      const isAdmin: boolean = user.isAdmin && !signal.aborted
      log.info({ isAdmin })
      await emit('case:closed', { caseId }, { to: { room: `public:${caseId}` } })
      // @ts-expect-error -- the name of no pattern
      await emit('case:closed', { caseId }, { to: { room: `supprot:${caseId}` } })
      await publish('public:news', { caseId })
      // @ts-expect-error -- there is no such event
      await emit('case:close', { caseId }, { to: { everyone: true } })
      // @ts-expect-error -- an event of the core contract
      await emit('connected', { message: '', socketId: '', isLoggedIn: true }, everyone)
      // @ts-expect-error -- the wrong payload
      await emit('case:closed', { caseId: 1 }, everyone)
      // @ts-expect-error -- two targets
      await emit('case:closed', { caseId }, { to: { user: 'a', everyone: true } })
      // @ts-expect-error -- no target
      await emit('case:closed', { caseId }, { to: {} })
      // @ts-expect-error -- there is no such table
      await database.selectFrom('user').execute()
      return { closedAt: user.id }
    },
    'case:rate': async ({ transaction }) => {
      const users = await transaction.selectFrom('users').select('id').execute()
      return users.length
    },
  },
  authenticate: async ({ username = '' }, { database, address, emit }) => {
    await emit('case:closed', { caseId: address }, everyone)
    const named = database.selectFrom('users').select('id').where('id', '=', username)
    return (await named.executeTakeFirst())?.id ?? null
  },
  authorize: async (_session, _action, { name }, { database }) =>
    (await database.selectFrom('users').select('id').where('id', '=', name).execute()).length > 0,
  onMessage: async ({ input, transaction }) => {
    await transaction.deleteFrom('users').where('id', '=', JSON.stringify(input)).execute()
  },
})
const everyone = { to: { everyone: true } } as const
void withTables.emit('case:closed', { caseId: '1' }, { to: { user: 'sara' } })
void withTables.database.selectFrom('users').select('isAdmin').execute()

/** Each option may be `undefined`, as a variable of the environment is, also with `exactOptionalPropertyTypes`. */
const given: Readonly<Record<string, string | undefined>> = process.env
export const fromEnvironment = yektayar({
  databaseUrl: given.DATABASE_URL,
  redisUrl: given.REDIS_URL,
  accountOf: undefined,
  authorize: undefined,
  limits: { maxPendingCommits: given.PENDING === undefined ? undefined : Number(given.PENDING) },
})
