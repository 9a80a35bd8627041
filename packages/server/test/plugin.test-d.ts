import { command, coreContract, extendContract } from '@yektayar/protocol'
import Fastify from 'fastify'
import { z } from 'zod'
import { yektayar } from '../src/index.js'
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
