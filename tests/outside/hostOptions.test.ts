import { YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { installPlugin, startForeignApp } from './support/foreignApp.js'

type Options = NonNullable<NonNullable<Parameters<typeof startForeignApp>[0]>['options']>

const statusOf = async (url: string) => (await fetch(url)).status

describe('the paths', () => {
  it.each([
    ['prefix', { prefix: '/v1' }],
    ['basePath', { basePath: '/v1' }],
    ['a slash at the end', { basePath: '/v1/' }],
    ['both, the same', { prefix: '/v1', basePath: '/v1/' }],
  ])('of REST come from %s', async (_what, options) => {
    await using context = await startForeignApp({ options })
    for (const path of ['/api', '/health', '/ready']) {
      expect(await statusOf(`${context.url}/v1${path}`)).toBe(200)
      expect(await statusOf(context.url + path)).toBe(404)
    }
    const acquired = await fetch(`${context.url}/v1/api/session/acquire`, { method: 'POST' })
    expect(acquired.status).toBe(200)
    const preflight = await fetch(`${context.url}/v1/api/session`, { method: 'OPTIONS' })
    expect(preflight.headers.get('allow')).toContain('DELETE')
    expect(await statusOf(`${context.url}/socket.io/?EIO=4&transport=polling`)).toBe(200)
  })

  it('of REST have the prefix of the scope around the plugin, too', async () => {
    await using context = await startForeignApp({
      before: (app: FastifyInstance) => {
        app.register(
          async (scope) => {
            await installPlugin(scope, { basePath: '/chat', path: '/scoped/socket.io' })
          },
          { prefix: '/tenant' },
        )
      },
      options: { path: '/outer' },
    })
    expect(await statusOf(`${context.url}/tenant/chat/health`)).toBe(200)
    expect(await statusOf(`${context.url}/scoped/socket.io/?EIO=4&transport=polling`)).toBe(200)
    expect(await statusOf(`${context.url}/outer/?EIO=4&transport=polling`)).toBe(200)
    expect(await statusOf(`${context.url}/health`)).toBe(200)
  })

  it.each(['polling', 'websocket'] as const)('are those of the client: %s', async (transport) => {
    const options = { basePath: '/v1', path: '/v1/live', authenticate: () => 'sara' }
    await using context = await startForeignApp({ options })
    const client = new YektaYarSocket({
      url: context.url,
      basePath: '/v1',
      path: '/v1/live',
      transports: [transport],
    })
    await client.connect()
    await client.session.signIn({ username: 'sara' })
    expect(await client.session.list()).toHaveLength(1)
    expect(client.status).toBe('connected')
    await client.session.end()
  })

  it.each([{ path: 'live' }, { path: '/live?x=1' }, { basePath: 'v1' }, { basePath: '/v 1' }])(
    'of a client are refused at once: %j',
    (options) => {
      expect(() => new YektaYarSocket(options)).toThrow(
        expect.objectContaining({ code: 'invalid_options' }) as Error,
      )
    },
  )

  it('of createServer hold for its documentation as well', async () => {
    const server = await createServer({
      port: 0,
      databaseUrl: 'sqlite::memory:',
      logLevel: 'silent',
      basePath: '/v1',
      path: '/live',
      docs: { username: 'reader', password: 'reads the docs' },
    })
    await using _server = { [Symbol.asyncDispose]: () => server.close() }
    const url = await server.listen()
    const authorization = `Basic ${btoa('reader:reads the docs')}`
    expect((await fetch(`${url}/v1/api-docs/json`, { headers: { authorization } })).status).toBe(
      200,
    )
    expect(await statusOf(`${url}/v1/api-docs/json`)).toBe(401)
    expect(await statusOf(`${url}/api-docs/json`)).toBe(404)
    expect(await statusOf(`${url}/live/?EIO=4&transport=polling`)).toBe(200)
    expect(await statusOf(`${url}/socket.io/?EIO=4&transport=polling`)).toBe(404)
  })
})

describe('the start is refused', () => {
  it.each<[object, RegExp]>([
    [{ corsOrigin: ['*'] }, /corsOrigin is no option. Did you mean "corsOrigins"\?/],
    [{ basepath: '/v1' }, /Did you mean "basePath"\?/],
    [{ trustproxy: ['127.0.0.1'] }, /Did you mean "trustProxy"\?/],
    [{ databaseURL: 'sqlite::memory:' }, /Did you mean "databaseUrl"\?/],
    [{ autenticate: () => null }, /Did you mean "authenticate"\?/],
    [{ port: 3000 }, /port is no option. It is one of createServer/],
    [{ somethingElse: 1 }, /somethingElse is no option. Allowed: .*basePath/],
    [
      { metrics: { tokne: 'x'.repeat(16), port: 0 } },
      /metrics.tokne is no option. Did you mean "token"/,
    ],
    [{ limits: { packetBurts: 1 } }, /packetBurts.*Did you mean "packetBurst"\?/],
    [{ prefix: '/a', basePath: '/b' }, /allowed: one of them/],
    [{ prefix: 'v1' }, /prefix is "v1"; allowed: a path/],
    [{ basePath: '/:tenant' }, /basePath is "\/:tenant"/],
    [{ basePath: '/a/../b' }, /allowed: a path/],
    [{ path: '/' }, /where REST is/],
    [{ path: '/api' }, /where REST is/],
    [{ path: '/v1', basePath: '/v1' }, /where REST is/],
    [{ path: 'socket.io' }, /path is "socket.io"/],
    [{ health: 'no' }, /health/],
    [{ docs: { username: 'a', password: 'b' } }, /docs/],
  ])('with %j', async (options, message) => {
    const starting = startForeignApp({ options: options })
    await expect(starting).rejects.toThrow(message)
    await expect(starting).rejects.toMatchObject({ code: 'invalid_options' })
  })

  it.each<[object, RegExp]>([
    [{ prefix: '/v1' }, /Did you mean "basePath"\?/],
    [{ hots: 'localhost' }, /Did you mean "host"\?/],
    [{ docs: { username: 'reader', pasword: 'reads the docs' } }, /docs.pasword.*password/],
  ])('of createServer with %j', async (options, message) => {
    await expect(createServer({ databaseUrl: 'sqlite::memory:', ...options })).rejects.toThrow(
      message,
    )
  })

  it('not with an option that is undefined', async () => {
    const options = { corsOrigin: undefined } as Options
    await using context = await startForeignApp({ options })
    expect(await statusOf(`${context.url}/health`)).toBe(200)
  })
})

describe('CORS headers that a proxy sets', () => {
  it('are not set twice, but origins are checked', async () => {
    const origin = 'https://app.example.org'
    const options = {
      corsHeaders: false,
      corsOrigins: [origin],
      environment: 'production',
    } as const
    await using context = await startForeignApp({ options })
    for (const path of ['/health', '/socket.io/?EIO=4&transport=polling']) {
      const { status, headers } = await fetch(context.url + path, { headers: { origin } })
      expect(status).toBe(200)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      const foreign = await fetch(context.url + path, {
        headers: { origin: 'https://evil.example' },
      })
      expect(foreign.status).toBe(403)
    }
  })
})

describe('the address of a peer', () => {
  it.each([
    ['true', true],
    ['a list', '127.0.0.1'],
    ['a function', (address: string) => address === '127.0.0.1'],
  ])('is the one of the app’s trustProxy: %s', async (_what, trustProxy) => {
    const limits = { connectionsPerAddress: 1 }
    await using context = await startForeignApp({ fastify: { trustProxy }, options: { limits } })
    const polling = `${context.url}/socket.io/?EIO=4&transport=polling`
    const from = async (address: string) =>
      (await fetch(polling, { headers: { 'x-forwarded-for': address } })).status
    expect(await from('203.0.113.1')).toBe(200)
    expect(await from('203.0.113.2')).toBe(200)
    expect(await from('203.0.113.1')).toBe(429)
  })

  it('is the one of the connection without, and the plugin’s own option wins', async () => {
    const limits = { connectionsPerAddress: 1 }
    const statuses = async (app: Parameters<typeof startForeignApp>[0]) => {
      await using context = await startForeignApp(app)
      const polling = `${context.url}/socket.io/?EIO=4&transport=polling`
      const from = async (address: string) =>
        (await fetch(polling, { headers: { 'x-forwarded-for': address } })).status
      return [await from('203.0.113.1'), await from('203.0.113.2')]
    }
    expect(await statuses({ options: { limits } })).toEqual([200, 429])
    const trustProxy = ['10.0.0.1']
    const own = { fastify: { trustProxy: true }, options: { limits, trustProxy } }
    expect(await statuses(own)).toEqual([200, 429])
  })
})

describe('documentation', () => {
  it('of the app leaves the routes out where that is asked for', async () => {
    const { default: swagger } = await import('@fastify/swagger')
    for (const mode of [{ openapi: {} }, { swagger: {} }]) {
      await using hidden = await startForeignApp({
        before: (app) => app.register(swagger, mode),
        options: { docs: false },
      })
      expect(Object.keys(hidden.app.swagger().paths ?? {})).toEqual([])
      await using shown = await startForeignApp({ before: (app) => app.register(swagger, mode) })
      const paths = Object.keys(shown.app.swagger().paths ?? {})
      expect(paths).toEqual(expect.arrayContaining(['/health', '/api', '/api/session/acquire']))
    }
  })
})
