import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { OptionError, yektayar } from '../src/index.js'
import type { CreateServerOptions } from '../src/index.js'
import { startLoggingApp } from './support/loggingApp.js'
import { refused, startServer } from './support/server.js'

const production = { environment: 'production' } as const

interface Ask {
  origin: string
  host: string
  path?: string
  method?: string
}

/** Sends one request with exactly these headers. `fetch` would set its own `Host`. */
function ask(url: string, { origin, host, path = '/api', method = 'GET' }: Ask) {
  const { hostname, port } = new URL(url)
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { origin, host, 'access-control-request-method': 'POST' }
    httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text })
      })
    })
      .on('error', reject)
      .end()
  })
}

/** Whether the server allows an origin. REST, polling and WebSocket must agree. */
async function isAllowed(
  context: Awaited<ReturnType<typeof startServer>>,
  headers: { origin: string; host: string },
): Promise<boolean> {
  const rest = await ask(context.url, headers)
  const preflight = await ask(context.url, {
    ...headers,
    path: '/api/session/acquire',
    method: 'OPTIONS',
  })
  const polling = await ask(context.url, {
    ...headers,
    path: '/socket.io/?EIO=4&transport=polling',
  })
  const client = context.client({ extraHeaders: headers, reconnection: false })
  const { message } = await refused(client) // without a token: only the origin check matters here
  client.close()
  const found = [
    rest.status === 200,
    preflight.status === 204,
    polling.status === 200,
    message !== 'websocket error',
  ]
  expect(new Set(found).size, `${headers.origin} ${JSON.stringify(found)}`).toBe(1)
  return found[0] === true
}

describe('in production', () => {
  const publicUrls = ['https://care.example.org', 'http://Intern.example.org:8080/']

  it.each([
    ['the name of the server', 'https://care.example.org', 'care.example.org', true],
    ['the name behind a proxy that changes Host', 'https://care.example.org', 'backend:3000', true],
    [
      'a second name, normalised',
      'http://intern.example.org:8080',
      'intern.example.org:8080',
      true,
    ],
    ['the name over HTTP', 'http://care.example.org', 'care.example.org', false],
    ['another port of the name', 'https://care.example.org:444', 'care.example.org:444', false],
    ['a name that a stranger points here', 'http://evil.example', 'evil.example', false],
    ['the same with a port', 'http://evil.example:3000', 'evil.example:3000', false],
    [
      'a name that looks like an address',
      'http://127.0.0.1.evil.example',
      '127.0.0.1.evil.example',
      false,
    ],
    ['another scheme of an address', 'https://203.0.113.7:3000', '203.0.113.7:3000', false],
    ['another port of an address', 'http://203.0.113.7:3001', '203.0.113.7:3000', false],
    ['another address', 'http://203.0.113.8:3000', '203.0.113.7:3000', false],
    ['its address', 'http://203.0.113.7:3000', '203.0.113.7:3000', true],
    ['its address at the usual port', 'http://203.0.113.7', '203.0.113.7:80', true],
    ['its address of IPv6', 'http://[2001:db8::7]:3000', '[2001:db8::7]:3000', true],
    ['an address with a user name', 'http://203.0.113.7:3000', 'x@203.0.113.7:3000', false],
    ['a loopback name with another port', 'http://localhost:5173', 'localhost:5173', false],
  ])('%s is an own origin or not: %s at %s', async (_what, origin, host, isOwn) => {
    await using context = await startServer({ ...production, publicUrls })
    expect(await isAllowed(context, { origin, host })).toBe(isOwn)
  })

  it.each([
    ['localhost', (port: string) => `http://localhost:${port}`],
    ['localhost', (port: string) => `http://127.0.0.1:${port}`],
    ['127.0.0.1', (port: string) => `http://127.0.0.1:${port}`],
  ])('a server that listens on %s has that origin', async (host, originAt) => {
    await using context = await startServer({ ...production, host })
    const { port } = new URL(context.url)
    const own = { origin: originAt(port), host: 'backend' }
    expect(await isAllowed(context, own)).toBe(true)
    expect(await isAllowed(context, { ...own, origin: own.origin.replace('http', 'https') })).toBe(
      false,
    )
  })
})

it('in development, a name that a stranger points here is no own origin either', async () => {
  await using context = await startServer({ environment: 'development' })
  const { port } = new URL(context.url)
  const host = `evil.example:${port}`
  expect(await isAllowed(context, { origin: `http://${host}`, host })).toBe(false)
  const local = { origin: `http://localhost:${port}`, host: `localhost:${port}` }
  expect(await isAllowed(context, local)).toBe(true)
})

it('a refusal names the variables that allow an origin, in the answer and once in the log', async () => {
  await using app = await startLoggingApp(async (instance) => {
    await instance.register(yektayar({ databaseUrl: 'sqlite::memory:', ...production }))
  })
  const foreign = { origin: 'http://evil.example', host: 'evil.example' }
  for (let count = 0; count < 3; count++) {
    const { status, text } = await ask(app.url, foreign)
    expect(status).toBe(403)
    expect(text).toMatch(/PUBLIC_URL.*CORS_ORIGIN/)
    const poll = await ask(app.url, { ...foreign, path: '/socket.io/?EIO=4&transport=polling' })
    expect(poll.status).toBe(403)
    expect(poll.text).toMatch(/PUBLIC_URL.*CORS_ORIGIN/)
  }
  const lines = app.lines.filter(({ msg }) => msg.includes('PUBLIC_URL'))
  expect(lines).toMatchObject([{ origin: 'http://evil.example', host: 'evil.example', count: 1 }])
})

it.each<[CreateServerOptions]>([
  [{ publicUrls: ['care.example.org'] }],
  [{ publicUrls: ['https://care.example.org/app'] }],
  [{ publicUrls: ['ftp://care.example.org'] }],
  [{ publicUrls: ['*'] }],
])('refuses to start with %j', async (options) => {
  const start = startServer(options)
  await expect(start).rejects.toThrow(OptionError)
  await expect(start).rejects.toThrow(/publicUrls has/)
})
