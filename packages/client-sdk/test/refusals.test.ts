import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { rejection, startServer } from './support/server.js'
import { credentialsOf, signingIn } from './support/signingIn.js'

type Fetch = typeof globalThis.fetch

const HTML = '<!doctype html><title>Welcome to the café</title>'
const session = { token: 't', expiresAt: new Date(Date.now() + 60_000).toISOString() }

/** An error body as the server sends it. */
function refusal(code: string, rest: object = {}) {
  return JSON.stringify({ error: { code, message: 'refused', retryable: false, ...rest } })
}

/** A `fetch` whose first response is faked; later calls are real. */
function firstAnswer(body: BodyInit | null, init?: ResponseInit) {
  return vi.fn<Fetch>(fetch).mockImplementationOnce(() => Promise.resolve(new Response(body, init)))
}

/** A TCP server that calls `react` once per connection, when a request arrives. */
async function startRawServer(react: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      react(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${String(port)}`,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

describe('an answer to a session request', () => {
  it.each<[what: string, body: BodyInit | null, init: ResponseInit]>([
    ['the page of a captive portal', HTML, { status: 200 }],
    ['an empty body', '', { status: 200 }],
    ['no content', null, { status: 204 }],
    ['JSON of somebody else', '{"ok":true}', { status: 200 }],
    ['a session without a token', JSON.stringify({ ...session, token: '' }), { status: 200 }],
    ['JSON that is cut', '{"token":"abc', { status: 200 }],
    ['a redirect', null, { status: 302 }],
    ['400 without a body', null, { status: 400 }],
    ['400 of bytes that were no HTTP request', refusal('invalid_input'), { status: 400 }],
    ['403 of a proxy', HTML, { status: 403 }],
    ['404 during a deploy', HTML, { status: 404 }],
    ['404 of a server without the route', refusal('not_found'), { status: 404 }],
    ['407', HTML, { status: 407 }],
    ['408', refusal('invalid_input'), { status: 408 }],
    ['425', HTML, { status: 425 }],
    ['429 of a proxy', HTML, { status: 429 }],
    ['429 that calls itself final', refusal('rate_limited'), { status: 429 }],
    ['431', refusal('payload_too_large'), { status: 431 }],
    ['500', HTML, { status: 500 }],
    ['500 of the server itself', refusal('internal_error'), { status: 500 }],
    ['502', HTML, { status: 502 }],
    ['503 that calls itself final', refusal('forbidden'), { status: 503 }],
    ['an unknown code', refusal('made_up'), { status: 403 }],
    [
      'a code that says that it may pass',
      refusal('forbidden', { retryable: true }),
      { status: 403 },
    ],
    ['half a refusal', '{"error":{"code":"forbidden"}}', { status: 403 }],
    ['a code of another request', refusal('token_invalid'), { status: 401 }],
  ])('does not stop the client unless it is a final refusal: %s', async (_what, body, init) => {
    await using context = await startServer()
    const fetchSpy = firstAnswer(body, init)
    const client = context.client({ fetch: fetchSpy, retryDelayMaxMs: 10 })
    await client.connect({ timeoutMs: 5_000 })
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it.each<[what: string, react: (socket: Socket) => void]>([
    ['a connection that is reset', (socket) => socket.resetAndDestroy()],
    ['a connection that is closed', (socket) => socket.end()],
    ['headers that are cut', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
    [
      'a body that is cut',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"token":"'),
    ],
    ['bytes that are no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
  ])('does not stop the client if it is not a complete HTTP response: %s', async (_what, react) => {
    await using context = await startServer()
    using raw = await startRawServer(react)
    const fetchSpy = vi
      .fn<Fetch>(fetch)
      .mockImplementationOnce((_url, init) => fetch(raw.url + SESSION_ACQUIRE_PATH, init))
    const client = context.client({ fetch: fetchSpy })
    await client.connect({ timeoutMs: 5_000 })
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it.each<[what: string, fetch: () => unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('Failed to fetch')
      },
    ],
    ['resolves with nothing', () => Promise.resolve(undefined)],
    ['returns nothing', () => undefined],
  ])('does not stop the client if it is missing: a fetch that %s', async (_what, broken) => {
    await using context = await startServer()
    const fetchSpy = vi.fn<Fetch>(fetch).mockImplementationOnce(broken as Fetch)
    const client = context.client({ fetch: fetchSpy })
    await client.connect({ timeoutMs: 5_000 })
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['is garbled on the way', 'GARBLED\r\n\r\n'],
    ['gets large headers on the way', `GET / HTTP/1.1\r\nx-added: ${'x'.repeat(40_000)}\r\n\r\n`],
  ])('does not stop a client with metadata whose request %s', async (_what, request) => {
    await using context = await startServer()
    const { hostname, port } = new URL(context.url)
    const garble = async (): Promise<Response> => {
      const socket = connect(Number(port), hostname)
      socket.write(request)
      let text = ''
      for await (const chunk of socket) text += String(chunk)
      const status = Number(/ (\d+)/.exec(text)?.[1])
      return new Response(text.slice(text.indexOf('\r\n\r\n') + 4), { status })
    }
    const fetchSpy = vi.fn<Fetch>(fetch).mockImplementationOnce(garble)
    const metadata = { app: 'a' }
    const client = context.client({ fetch: fetchSpy, metadata, retryDelayMaxMs: 10 })
    await client.connect({ timeoutMs: 5_000 })
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it('is the cause of the timeout of connect() if it is invalid', async () => {
    await using context = await startServer()
    const answer = () => Promise.resolve(new Response(HTML, { status: 403 }))
    const client = context.client({ fetch: answer })
    const error = await rejection(client.connect({ timeoutMs: 100 }))
    expect(error).toMatchObject({
      code: 'timeout',
      cause: {
        code: 'invalid_answer',
        message: 'POST /api/session/acquire: status 403',
        retryable: true,
      },
    })
    expect(client.getSnapshot().reason).toBe('invalid_answer')
  })

  it('rejects the call of the app at once if it is invalid, and leaves the session alone', async () => {
    await using context = await startServer(signingIn)
    const fetchSpy = vi.fn<Fetch>(fetch)
    const client = context.client({ fetch: fetchSpy })
    await client.connect()
    const { session } = client
    const asked = [
      () => session.signIn(credentialsOf('sara')),
      () => session.list(),
      () => session.end('0'.repeat(36)),
      () => session.end(),
    ]
    for (const ask of asked) {
      fetchSpy.mockImplementationOnce(() => Promise.resolve(new Response(HTML)))
      expect(await rejection(ask())).toMatchObject({
        code: 'invalid_answer',
        retryable: true,
        mayHaveRun: true,
      })
    }
    expect(session).toMatchObject({ state: 'active', isLoggedIn: false })
    expect(client.status).toBe('connected')
  })

  it.each([
    [401, 'unauthorized', false],
    [404, 'not_found', false],
    [403, 'forbidden', false],
    [500, 'internal_error', true],
  ])('rejects a sign-in with its refusal code: %d %s', async (status, code, mayHaveRun) => {
    await using context = await startServer(signingIn)
    const fetchSpy = vi.fn<Fetch>(fetch)
    const client = context.client({ fetch: fetchSpy })
    await client.connect()
    fetchSpy.mockImplementationOnce(() => Promise.resolve(new Response(refusal(code), { status })))
    const error = await rejection(client.session.signIn(credentialsOf('sara')))
    expect(error).toMatchObject({ code, retryable: false, mayHaveRun })
  })
})

describe('a refusal that a session route gives on purpose', () => {
  const metadata = { metadata: { source: 'test' } }
  it.each<[code: string, status: number, options?: YektaYarSocketOptions]>([
    ['origin_forbidden', 403],
    ['forbidden', 403],
    ['unauthorized', 401],
    ['invalid_input', 400, metadata],
    ['payload_too_large', 413, metadata],
  ])('stops the client: %s', async (code, status, options) => {
    await using context = await startServer()
    const fetchSpy = firstAnswer(refusal(code), { status })
    const client = context.client({ fetch: fetchSpy, ...options })
    expect(await rejection(client.connect())).toMatchObject({ code, retryable: false })
    expect(client.getSnapshot()).toMatchObject({ status: 'stopped', reason: code })
  })
})

describe('a request that comes too early', () => {
  it.each<[what: string, expectedMs: number, body: string, init: ResponseInit]>([
    [
      '429 with retryAfterMs',
      40_000,
      refusal('rate_limited', { retryable: true, data: { retryAfterMs: 40_000 } }),
      { status: 429 },
    ],
    [
      '503 with retryAfterMs',
      40_000,
      refusal('server_draining', { retryable: true, data: { retryAfterMs: 40_000 } }),
      { status: 503 },
    ],
    ['429 with seconds', 40_000, HTML, { status: 429, headers: { 'Retry-After': '40' } }],
    ['503 with seconds', 40_000, HTML, { status: 503, headers: { 'Retry-After': '40' } }],
    ['503 with a date', 40_000, HTML, { status: 503, headers: { 'Retry-After': 'in 42 s' } }],
    ['more than 5 minutes', 300_000, HTML, { status: 503, headers: { 'Retry-After': '86400' } }],
    ['a time that is none', 0, HTML, { status: 503, headers: { 'Retry-After': 'soon' } }],
  ])('is repeated when the server says: %s', async (_what, expectedMs, body, init) => {
    await using context = await startServer()
    const answer = new Response(body, init)
    const date = new Date(Date.now() + 42_000).toUTCString()
    if (answer.headers.get('Retry-After') === 'in 42 s') answer.headers.set('Retry-After', date)
    const fetchSpy = vi.fn<Fetch>(fetch).mockResolvedValueOnce(answer)
    const client = context.client({ fetch: fetchSpy, retryDelayMaxMs: 10 })
    const paused = new Promise<number>((resolve) => {
      client.subscribe(({ nextRetryAt }) => {
        if (nextRetryAt !== null) resolve(nextRetryAt - Date.now())
      })
    })
    void client.connect()
    const delayMs = await paused
    expect(delayMs).toBeGreaterThanOrEqual(expectedMs - 500)
    expect(delayMs).toBeLessThanOrEqual(expectedMs + 3_000)
    if (expectedMs === 300_000) expect(delayMs).toBeLessThanOrEqual(expectedMs)
  })
})

describe('a function of the app', () => {
  it.each<[what: string, answer: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('not yet')
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['answers undefined', () => undefined],
    ['answers null', () => Promise.resolve(null)],
    ['answers an empty text', () => ''],
    ['answers an object without what is needed', () => ({ error: 'later' })],
    ['answers a number', () => 7],
  ])('that %s once does not stop the client', async (_what, answer) => {
    await using context = await startServer()
    const { token } = await context.server.sessions.acquire()
    const once = <Value>(value: Value) =>
      vi.fn(() => value).mockImplementationOnce(answer as () => Value)
    const sources: YektaYarSocketOptions[] = [
      { token: once(token) },
      { url: once(context.url) },
      { acquire: once(context.server.sessions.acquire()) },
    ]
    for (const source of sources) {
      const client = context.client(source)
      await client.connect({ timeoutMs: 5_000 })
      expect(Object.values(source)[0]).toHaveBeenCalledTimes(2)
    }
  })

  it.each([[{ acquire: 'token' }], [{ acquire: { token: 't' } }], [{ token: 7 }], [{ fetch: 1 }]])(
    'that is none is refused at once: %j',
    (options) => {
      const create = () => new YektaYarSocket(options as unknown as YektaYarSocketOptions)
      expect(create).toThrow(expect.objectContaining({ code: 'invalid_options' }) as Error)
    },
  )
})
