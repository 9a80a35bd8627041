import compress from '@fastify/compress'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import underPressure from '@fastify/under-pressure'
import websocket from '@fastify/websocket'
import { YektaYarSocket } from '@yektayar/client'
import { CommandError } from '@yektayar/server'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startForeignApp } from './support/foreignApp.js'
import { firstFrame } from './support/webSockets.js'

const PAGE = 'https://app.example.org'

/** All plugins that an app of somebody else may have. */
async function registerOthers(app: FastifyInstance): Promise<void> {
  await app.register(cors, { origin: PAGE, credentials: true })
  await app.register(helmet)
  await app.register(rateLimit, { max: 40, timeWindow: 60_000 })
  await app.register(swagger, { openapi: { info: { title: 'Mine', version: '1.0.0' } } })
  await app.register(compress, { global: true, threshold: 0 })
  await app.register(underPressure, { maxEventLoopDelay: 60_000 })
  await app.register(websocket)
}

function serveOwn(app: FastifyInstance): void {
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ mine: error.message }),
  )
  app.get('/', () => ({ mine: 'root' }))
  app.get('/health', () => ({ mine: 'health' }))
  app.get('/teapot', () => {
    throw Object.assign(new Error('short and stout'), { statusCode: 418 })
  })
  app.register((scope, _options, done) => {
    scope.get('/live', { websocket: true }, (socket) => {
      socket.send('hello')
    })
    done()
  })
}

async function start(isAfter: boolean) {
  const others = async (app: FastifyInstance): Promise<void> => {
    await registerOthers(app)
    serveOwn(app)
  }
  const context = await startForeignApp({
    [isAfter ? 'after' : 'before']: others,
    options: {
      prefix: '/realtime',
      corsOrigins: [PAGE],
      authenticate: ({ username = '', password }) => {
        if (password !== 'right') throw new CommandError('unauthorized', 'Wrong')
        return username
      },
    },
  })
  const client = (transport: 'websocket' | 'polling') => {
    const made = new YektaYarSocket({
      url: context.url,
      basePath: '/realtime',
      transports: [transport],
    })
    onTestFinished(() => made.disconnect())
    return made
  }
  return Object.assign(context, { client })
}

describe.each([
  ['before', false],
  ['after', true],
])('an app whose seven plugins are registered %s the plugin', (_when, isAfter) => {
  it.each(['websocket', 'polling'] as const)('serves clients over %s', async (transport) => {
    await using context = await start(isAfter)
    const [sara, omid] = [context.client(transport), context.client(transport)]
    await Promise.all([sara.connect(), omid.connect()])
    await sara.session.signIn({ username: 'sara', password: 'right' })
    const rooms = [sara, omid].map((client) => client.room('public:lobby'))
    for (const room of rooms) await room.join()
    await rooms[0]?.send('hello')
    await expect.poll(() => rooms[1]?.messages.map(({ data }) => data)).toEqual(['hello'])
    await expect(
      omid.session.signIn({ username: 'omid', password: 'wrong' }),
    ).rejects.toMatchObject({ code: 'unauthorized' })
    await sara.session.end()
    expect(sara.session.state).not.toBe('active')
  })

  it('keeps its own routes, errors, sockets and documents', async () => {
    await using context = await start(isAfter)
    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(context.url + path, init)
      return { status: response.status, body: (await response.json()) as unknown, response }
    }
    expect(await ask('/')).toMatchObject({ status: 200, body: { mine: 'root' } })
    expect(await ask('/health')).toMatchObject({ status: 200, body: { mine: 'health' } })
    expect(await ask('/teapot')).toMatchObject({ status: 418, body: { mine: 'short and stout' } })
    expect(await ask('/realtime/health')).toMatchObject({
      status: 200,
      body: { status: 'healthy' },
    })
    const { paths = {} } = context.app.swagger()
    expect(Object.keys(paths)).toContain('/health')
    expect(await firstFrame(context.url, '/live')).toContain('hello')
  })

  it('answers pages of another origin, and limits them by its own rule', async () => {
    await using context = await start(isAfter)
    const acquire = () =>
      fetch(`${context.url}/realtime/api/session/acquire`, {
        method: 'POST',
        headers: { origin: PAGE },
      })
    const first = await acquire()
    expect(first.status).toBe(200)
    expect(first.headers.get('access-control-allow-origin')).toBe(PAGE)
    if (isAfter) return // a rate limit that comes later knows nothing of routes before it
    const statuses: number[] = []
    for (let count = 0; count < 45; count++) statuses.push((await acquire()).status)
    expect(new Set(statuses)).toEqual(new Set([200, 429]))
  })
})
