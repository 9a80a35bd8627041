import compress from '@fastify/compress'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { startForeignApp } from './support/foreignApp.js'

async function ask(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init)
  const body: unknown = await response.json().catch(() => undefined)
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body }
}

describe('an error of another plugin', () => {
  it('stays the 429 of @fastify/rate-limit, with Retry-After', async () => {
    await using context = await startForeignApp({
      before: (app) => app.register(rateLimit, { max: 1, timeWindow: 60_000 }),
    })
    const acquire = () => ask(`${context.url}/api/session/acquire`, { method: 'POST' })
    expect((await acquire()).status).toBe(200)
    const refused = await acquire()
    expect(refused.status).toBe(429)
    expect(Number(refused.retryAfter)).toBeGreaterThan(0)
    expect(refused.body).toMatchObject({
      statusCode: 429,
      message: expect.stringContaining('Rate limit exceeded') as string,
    })
  })

  it('stays the 503 of @fastify/under-pressure', async () => {
    await using context = await startForeignApp({
      before: (app) =>
        app.register(underPressure, {
          maxHeapUsedBytes: 1,
          sampleInterval: 5,
          retryAfter: 7,
          message: 'Too busy',
        }),
    })
    const refused = await vi.waitFor(async () => {
      const answer = await ask(`${context.url}/api`)
      expect(answer.status).toBe(503) // after its first sample
      return answer
    })
    expect(refused).toMatchObject({ status: 503, retryAfter: '7' })
    expect(refused.body).toMatchObject({ message: 'Too busy', code: 'FST_UNDER_PRESSURE' })
  })

  it.each(['onRequest', 'preHandler', 'preValidation'] as const)(
    'of a hook %s keeps status, code and message',
    async (name) => {
      await using context = await startForeignApp({
        before: (app) => {
          app.addHook(name, () => {
            const error = new Error('This tenant is locked')
            throw Object.assign(error, { statusCode: 423, code: 'TENANT_LOCKED' })
          })
        },
      })
      expect(await ask(`${context.url}/health`)).toMatchObject({
        status: 423,
        body: { code: 'TENANT_LOCKED', message: 'This tenant is locked' },
      })
    },
  )

  it('reaches the error handler of the app, and the plugin’s own errors do not', async () => {
    const seen: string[] = []
    await using context = await startForeignApp({
      before: (app) => {
        app.setErrorHandler<Error>((error, _request, reply) => {
          seen.push(error.message)
          return reply.code(418).send({ oops: error.message })
        })
        app.addHook('onRequest', ({ headers }, _reply, done) => {
          done(headers['x-break'] === undefined ? undefined : new Error('broken'))
        })
      },
    })
    const headers = { 'x-break': 'yes' }
    expect(await ask(`${context.url}/api`, { headers })).toMatchObject({
      status: 418,
      body: { oops: 'broken' },
    })
    const own = [
      await ask(`${context.url}/api/session`),
      await ask(`${context.url}/api/session/acquire`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"metadata":{"a":[1]}}',
      }),
      await ask(`${context.url}/api/session/acquire`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"broken":',
      }),
      await ask(`${context.url}/api/session/acquire`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ a: 'x'.repeat(2_000_000) }),
      }),
    ]
    expect(own.map(({ status }) => status)).toEqual([401, 400, 400, 413])
    for (const { body } of own) {
      expect(body).toMatchObject({ error: { code: expect.any(String) as string } })
    }
    expect(seen).toEqual(['broken'])
  })
})

describe('beside other plugins', () => {
  const sides = ['before', 'after'] as const
  it.each(sides)('@fastify/swagger %s describes the routes, the plugin’s too', async (side) => {
    await using context = await startForeignApp({
      [side]: (app: FastifyInstance) => app.register(swagger, { openapi: {} }),
    })
    await context.app.ready()
    const paths = Object.keys(context.app.swagger().paths ?? {})
    if (side === 'before') {
      expect(paths).toContain('/api/session/acquire')
      const { post } = context.app.swagger().paths?.['/api/session/acquire'] as {
        post: { requestBody: unknown }
      }
      expect(JSON.stringify(post.requestBody)).toContain('"metadata"')
      expect(paths.filter((path) => path.includes('socket.io'))).toEqual([])
    }
  })

  it.each(sides)('the app’s own GET /health %s wins', async (side) => {
    await using context = await startForeignApp({
      [side]: (app: FastifyInstance) => {
        app.get('/health', () => ({ mine: true }))
        app.get('/ready', () => ({ mine: true }))
        app.get('/api', () => ({ mine: true }))
        app.get('/', () => ({ mine: true }))
      },
    })
    for (const path of ['/health', '/ready', '/api', '/']) {
      expect((await ask(context.url + path)).body).toEqual({ mine: true })
    }
    expect((await ask(`${context.url}/api/session/acquire`, { method: 'POST' })).status).toBe(200)
  })

  it('takes part in an app with helmet and compress', async () => {
    await using context = await startForeignApp({
      before: async (app) => {
        await app.register(helmet)
        await app.register(compress, { global: true, threshold: 0 })
      },
    })
    expect((await ask(`${context.url}/api/session/acquire`, { method: 'POST' })).status).toBe(200)
    expect((await ask(`${context.url}/ready`)).status).toBe(200)
  })

  it('without its own health', async () => {
    const options = { health: false as const }
    await using context = await startForeignApp({ options })
    expect((await ask(`${context.url}/health`)).status).toBe(404)
    expect((await ask(`${context.url}/ready`)).status).toBe(404)
    expect((await ask(`${context.url}/api`)).status).toBe(200)
  })

  it.each(sides)('takes part in an app that adds schemas %s', async (side) => {
    await using context = await startForeignApp({
      [side]: (app: FastifyInstance) => {
        const properties = { id: { type: 'string' } }
        app.addSchema({ $id: 'user', type: 'object', properties })
        app.get('/user', { schema: { response: { 200: { $ref: 'user#' } } } }, () => ({
          ...{ id: 'sara', password: 'hidden by the schema' },
        }))
      },
    })
    expect((await ask(`${context.url}/user`)).body).toEqual({ id: 'sara' })
    expect((await ask(`${context.url}/api/session/acquire`, { method: 'POST' })).status).toBe(200)
    const wrong = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '"x"' }
    expect((await ask(`${context.url}/api/session/acquire`, wrong)).body).toMatchObject({
      error: { code: 'invalid_input' },
    })
  })

  it.each(sides)('takes JSON as it does where the app parses its own %s', async (side) => {
    await using context = await startForeignApp({
      [side]: (app: FastifyInstance) => {
        const kind = 'application/json'
        app.addContentTypeParser(kind, { parseAs: 'string' }, (_request, body, done) => {
          done(null, { raw: body })
        })
        app.post('/webhook', ({ body }) => body)
      },
    })
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const signed = await ask(`${context.url}/webhook`, { ...json, body: '{"signed": 1}' })
    expect(signed.body).toEqual({ raw: '{"signed": 1}' })
    const acquire = `${context.url}/api/session/acquire`
    const ours = await ask(acquire, { ...json, body: '{"metadata":{"device":"x"}}' })
    expect(ours).toMatchObject({ status: 200, body: { token: expect.any(String) as string } })
    expect((await ask(acquire, { ...json, body: '' })).status).toBe(200)
    expect((await ask(acquire, { ...json, body: '{' })).body).toMatchObject({
      error: { code: 'invalid_input' },
    })
  })

  it.each(sides)('answers as usual where replies are serialized otherwise %s', async (side) => {
    await using context = await startForeignApp({
      [side]: (app: FastifyInstance) => {
        app.setReplySerializer((payload) => JSON.stringify({ wrapped: payload }))
        app.get('/mine', () => ({ mine: true }))
      },
    })
    expect((await ask(`${context.url}/mine`)).body).toEqual({ wrapped: { mine: true } })
    expect((await ask(`${context.url}/api/session/acquire`, { method: 'POST' })).body).toEqual({
      token: expect.any(String) as string,
      expiresAt: expect.any(String) as string,
    })
    expect((await ask(`${context.url}/api/session`)).body).toMatchObject({
      error: { code: 'token_required' },
    })
  })

  it('is not checked by @fastify/response-validation, which reads JSON Schemas', async () => {
    const checked: string[] = []
    await using context = await startForeignApp({
      before: (app) => {
        app.addHook('onRoute', (route) => {
          if ('responseValidation' in route && route.responseValidation === false) return
          if (route.schema?.response) checked.push(route.url)
        })
      },
    })
    expect((await ask(`${context.url}/api`)).status).toBe(200)
    expect(checked).toEqual([])
  })

  it.each([
    ['GET', '/api/session'],
    ['POST', '/api/session/acquire'],
    ['GET', '/metrics'],
  ] as const)('says what to do about %s %s of the app', async (method, url) => {
    const starting = startForeignApp({
      options: { metrics: { token: 'sixteen-characters' } },
      before: (app) => {
        app.route({ method, url, handler: () => ({ mine: true }) })
      },
    })
    await expect(starting).rejects.toMatchObject({
      code: 'invalid_options',
      message: expect.stringMatching(/already declared.*Give the plugin a prefix/) as string,
    })
  })
})
