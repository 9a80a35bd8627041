import cors from '@fastify/cors'
import { YektaYarSocket } from '@yektayar/client'
import { describe, expect, it } from 'vitest'
import { browserFetch } from './support/browserFetch.js'
import { startForeignApp } from './support/foreignApp.js'

const PAGE = 'https://app.example.org'
const options = {
  corsOrigins: [PAGE],
  environment: 'production',
  authenticate: ({ username }: Record<string, string>) => username ?? null,
} as const

/** The routes of the plugin. */
const routes = [
  ['POST', '/api/session/acquire'],
  ['GET', '/api/session'],
  ['DELETE', '/api/session'],
  ['DELETE', '/api/session/8c9a33e6-e274-445d-b37a-b0f115f9bb0e'],
  ['POST', '/api/session/renew'],
  ['POST', '/api/session/sign-in'],
  ['POST', '/api/session/sign-out'],
  ['GET', '/api/session/all'],
  ['GET', '/api'],
  ['HEAD', '/api'],
  ['GET', '/health'],
  ['GET', '/ready'],
] as const

function preflight(url: string, method: string, origin = PAGE, headers = 'authorization') {
  return fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  })
}

describe('a page of another origin', () => {
  it.each(routes)('may %s %s, as its preflight says', async (method, path) => {
    await using context = await startForeignApp({ options })
    const answer = await preflight(context.url + path, method)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(answer.headers.get('vary')).toMatch(/origin/i)
    expect(answer.headers.get('access-control-allow-methods')?.split(/, */)).toContain(method)
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(
      'authorization',
    )
    const foreign = await preflight(context.url + path, method, 'https://evil.example')
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([
      403,
      null,
    ])
  })

  it('is told the methods that an address has, and no others', async () => {
    await using context = await startForeignApp({ options })
    const methodsOf = async (path: string) => {
      const { headers } = await preflight(context.url + path, 'GET')
      return headers.get('access-control-allow-methods')?.split(/, */).sort()
    }
    expect(await methodsOf('/api/session')).toEqual(['DELETE', 'GET', 'HEAD'])
    expect(await methodsOf('/api/session/acquire')).toEqual(['POST'])
    expect(await methodsOf('/health')).toEqual(['GET', 'HEAD'])
  })

  it('may send headers that an observer of its requests adds', async () => {
    await using context = await startForeignApp({ options })
    const asked = 'authorization,content-type,traceparent,sentry-trace,baggage'
    const answer = await preflight(`${context.url}/api/session`, 'DELETE', PAGE, asked)
    const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase() ?? ''
    for (const name of asked.split(',')) expect(allowed.split(/, */)).toContain(name)
  })

  it('ends sessions, its own and others', async () => {
    await using context = await startForeignApp({ options })
    const { fetch, preflights } = browserFetch(PAGE)
    const signedIn = async () => {
      const client = new YektaYarSocket({ url: context.url, fetch })
      await client.connect()
      await client.session.signIn({ username: 'sara' })
      return client
    }
    const phone = await signedIn()
    const laptop = await signedIn()
    const [other] = (await laptop.session.list()).filter(({ isCurrent }) => !isCurrent)
    await laptop.session.end(other?.id)
    expect(await laptop.session.list()).toHaveLength(1)
    await laptop.session.signOut()
    await laptop.session.end()
    expect(laptop.session.state).toBe('ended')
    expect(preflights).toContain('DELETE /api/session')
    await Promise.all([phone.disconnect(), laptop.disconnect()])
  })

  it('reads when it may come back', async () => {
    const limits = { acquiresPerAddressPerMinute: 1 }
    await using context = await startForeignApp({ options: { ...options, limits } })
    const { fetch } = browserFetch(PAGE)
    const acquire = () => fetch(`${context.url}/api/session/acquire`, { method: 'POST' })
    expect((await acquire()).status).toBe(200)
    const refused = await acquire()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const { headers } = await fetch(`${context.url}/api/session`)
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  it('reads when it may come back, from Socket.IO as well', async () => {
    const limits = { connectionsPerAddress: 1 }
    await using context = await startForeignApp({ options: { ...options, limits } })
    const { fetch } = browserFetch(PAGE)
    const polling = `${context.url}/socket.io/?EIO=4&transport=polling`
    expect((await fetch(polling)).status).toBe(200)
    const refused = await fetch(polling)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('sends cookies along where that is switched on', async () => {
    await using context = await startForeignApp({ options: { ...options, corsCredentials: true } })
    const answer = await preflight(`${context.url}/api/session`, 'DELETE')
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
  })
})

describe.each(['before', 'after'] as const)('an app with @fastify/cors %s the plugin', (when) => {
  it('answers for its own routes, and the plugin for its own', async () => {
    await using context = await startForeignApp({
      options,
      [when]: (app: Parameters<typeof cors>[0]) =>
        app.register(cors, { origin: 'https://partner.example' }),
      ...(when === 'before'
        ? { after: (app: Parameters<typeof cors>[0]) => app.get('/mine', () => 'mine') }
        : {}),
    })
    const own = await preflight(`${context.url}/api/session`, 'DELETE')
    expect(own.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(own.headers.get('access-control-allow-methods')).toContain('DELETE')
    const { headers } = await fetch(`${context.url}/health`, { headers: { origin: PAGE } })
    expect(headers.get('access-control-allow-origin')).toBe(PAGE)
    const theirs = await preflight(`${context.url}/mine`, 'GET', 'https://partner.example')
    expect([204, 404]).toContain(theirs.status)
    expect(theirs.headers.get('access-control-allow-origin')).toBe('https://partner.example')
  })
})
