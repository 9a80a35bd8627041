import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import yektayarDefault, { UsageError, yektayar } from '../src/index.js'
import { hasIpv6, twoAddresses } from './support/localhost.js'
import { acquire } from './support/server.js'

async function startApp(prepare: (app: FastifyInstance) => unknown, host = '127.0.0.1') {
  const app = Fastify()
  await prepare(app)
  await app.listen({ port: 0, host })
  const { port } = app.server.address() as AddressInfo // it listens on a port
  return {
    app,
    port,
    url: `http://127.0.0.1:${String(port)}`,
    [Symbol.asyncDispose]: () => app.close(),
  }
}

const options = { databaseUrl: 'sqlite::memory:' }

describe('the plugin in an existing app', () => {
  it('is the default export as well', () => {
    expect(yektayarDefault).toBe(yektayar)
  })

  it('adds its routes and leaves the app its own', async () => {
    await using running = await startApp(async (app) => {
      await app.register(yektayar(options))
      app.get('/', () => 'my page')
      app.get(
        '/typed',
        { schema: { querystring: { type: 'object', required: ['a'] } } },
        () => 'ok',
      )
    })
    expect(await (await fetch(running.url)).text()).toBe('my page')
    // The app's own schemas and errors work as without the plugin.
    expect((await fetch(`${running.url}/typed?a=1`)).status).toBe(200)
    expect(await (await fetch(`${running.url}/nothing`)).json()).toMatchObject({ statusCode: 404 })
    expect((await fetch(`${running.url}/health`)).status).toBe(200)
  })

  it('offers sessions and Socket.IO to the app', async () => {
    await using running = await startApp((app) => app.register(yektayar(options)))
    const { token } = await running.app.yektayar.sessions.acquire({ source: 'the app itself' })
    const client = io(running.url, { auth: { token }, transports: ['websocket'] })
    await new Promise((resolve) => client.once('connected', resolve))
    expect(running.app.yektayar.io.sockets.sockets.size).toBe(1)
    client.close()
  })

  it('answers the preflights of its own routes alone', async () => {
    await using running = await startApp(async (app) => {
      app.options('*', (_request, reply) => reply.code(299).send())
      await app.register(yektayar(options))
    })
    const { status, headers } = await fetch(`${running.url}/api`, { method: 'OPTIONS' })
    expect([status, headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    expect((await fetch(`${running.url}/mine`, { method: 'OPTIONS' })).status).toBe(299)
  })

  it('refuses options that cannot work', async () => {
    const app = Fastify()
    app.register(yektayar({ ...options, sessionTtlDays: 0 }))
    await expect(app.ready()).rejects.toMatchObject({
      name: 'OptionError',
      code: 'invalid_options',
    })
    const other = Fastify()
    other.register(yektayar({ databaseUrl: 'mysql://nowhere' }))
    await expect(other.ready()).rejects.toMatchObject({ name: 'OptionError' })
  })

  it('serves REST alone where the runtime cannot carry Socket.IO', async () => {
    const runtime = { name: 'Bun', version: '1.0.0', supportsSocketIo: false } as const
    await using running = await startApp((app) => app.register(yektayar({ ...options, runtime })))
    expect(await (await fetch(`${running.url}/api`)).json()).toMatchObject({
      features: { rest: true, websocket: false, authentication: true, realtime: false },
    })
    expect((await fetch(`${running.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(404)
    await acquire(running.url)
  })
})

describe('what yektayar(options) returns', () => {
  it('is the handle of the app, once it is registered', async () => {
    const realtime = yektayar(options)
    const hint = 'register it first: await app.register(realtime)'
    expect(() => realtime.database).toThrow(hint)
    expect(() => realtime.publish('public:news', 'early')).toThrow(UsageError)
    await using running = await startApp((app) => app.register(realtime))
    expect(realtime.sessions).toBe(running.app.yektayar.sessions)
    expect((await realtime.publish('public:news', 'hi')).room).toBe('public:news')
  })

  it('takes the prefix of register, in a scope as well', async () => {
    const realtime = yektayar(options)
    await using running = await startApp((app) =>
      app.register(async (scope) => {
        await scope.register(realtime, { prefix: '/v1' })
      }),
    )
    expect((await fetch(`${running.url}/v1/api`)).status).toBe(200)
    expect((await realtime.sessions.acquire()).token).toHaveLength(43)
  })

  it('is registered once, and takes no options then', async () => {
    const realtime = yektayar(options)
    await using running = await startApp((app) => app.register(realtime))
    await using other = Fastify()
    await expect(other.register(realtime)).rejects.toThrow('call yektayar() once for each app')
    expect((await fetch(`${running.url}/health`)).status).toBe(200)
    await using third = Fastify()
    const wrong = third.register(yektayar(options), { databaseUrl: 'sqlite::memory:' } as object)
    await expect(wrong).rejects.toThrow('databaseUrl is no option. Options go to yektayar(options)')
  })

  it('may be registered again where its options could not work', async () => {
    const realtime = yektayar({ databaseUrl: 'mysql://nowhere' })
    for (const app of [Fastify(), Fastify()]) {
      await expect(app.register(realtime)).rejects.toThrow('databaseUrl')
      await app.close()
    }
  })

  it('is what the form of before 0.2 did not have, which is told', async () => {
    await using app = Fastify()
    const old: unknown = app.register(yektayar as unknown as FastifyPluginAsync, {})
    await expect(old).rejects.toMatchObject({
      code: 'invalid_options',
      message: expect.stringContaining('write app.register(yektayar(options))') as string,
    })
  })
})

describe('localhost with two addresses', () => {
  it.runIf(hasIpv6).each(['polling', 'websocket'])(
    'serves %s on the second one',
    async (transport) => {
      using addresses = twoAddresses()
      await using running = await startApp((app) => app.register(yektayar(options)), 'localhost')
      addresses[Symbol.dispose]()

      const second = `http://[::1]:${String(running.port)}`
      const { token } = await acquire(second)
      const client = io(second, { auth: { token }, transports: [transport] })
      const answer: unknown = await new Promise((resolve) => {
        client.once('connected', () => client.emit('echo', 'through the second address', resolve))
      })
      expect(answer).toMatchObject({ ok: true, data: { received: 'through the second address' } })
      client.close()
    },
  )
})
