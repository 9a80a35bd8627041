import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

/** A port on which nothing listens, and which `fetch` does not block. */
const UNUSED_URL = 'http://127.0.0.1:59'
const appError = new TypeError('Cannot read properties of undefined')

async function startHttp(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${String(port)}`,
    [Symbol.dispose]: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Starts connecting, and resolves once an attempt has failed. */
async function failing(options: YektaYarSocketOptions) {
  const client = new YektaYarSocket({ retryDelayMs: 60_000, ...options })
  const failed = new Promise<void>((resolve) => {
    client.subscribe(({ nextRetryAt }) => {
      if (nextRetryAt !== null) resolve()
    })
  })
  void client.connect()
  await failed
  return { client, [Symbol.dispose]: () => void client.disconnect() }
}

describe('the last failure', () => {
  it.each<[what: string, options: YektaYarSocketOptions, error: object]>([
    [
      'a server that does not run',
      { url: UNUSED_URL },
      { code: 'network_error', hint: expect.stringContaining('port') as string },
    ],
    [
      'a server that does not run, by a socket',
      { url: UNUSED_URL, token: 'x' },
      { code: 'network_error', hint: expect.stringContaining('port') as string },
    ],
    [
      'a server that does not run, by polling',
      { url: UNUSED_URL, token: 'x', transports: ['polling'] },
      { code: 'network_error', hint: expect.stringContaining('port') as string },
    ],
    [
      'a host that does not exist',
      { url: 'http://no-such-host.invalid' },
      { code: 'network_error', hint: expect.stringContaining('host name') as string },
    ],
    [
      'a token() that throws',
      { url: UNUSED_URL, token: () => Promise.reject(appError) },
      { code: 'callback_failed', message: 'The function "token" failed', cause: appError },
    ],
    [
      'a token() that answers nothing',
      { url: UNUSED_URL, token: () => undefined as unknown as string },
      { code: 'callback_failed', cause: { code: 'invalid_options' } },
    ],
    [
      'a url() that throws',
      {
        url: () => {
          throw appError
        },
      },
      { code: 'callback_failed', message: 'The function "url" failed', cause: appError },
    ],
    [
      'an acquire() that answers nothing',
      { url: UNUSED_URL, acquire: () => undefined as never },
      { code: 'callback_failed', cause: { code: 'invalid_options' } },
    ],
  ])('is in the snapshot, with hint and cause: %s', async (_what, options, error) => {
    using scene = await failing(options)
    expect(scene.client.getSnapshot().error).toMatchObject({ ...error, retryable: true })
    expect(scene.client.getSnapshot().error?.hint).toBeDefined()
    expect(scene.client.getSnapshot().reason).toBe(scene.client.getSnapshot().error?.code)
  })

  it('names TLS where the server speaks none', async () => {
    using plain = await startHttp((_request, response) => response.end())
    using scene = await failing({ url: plain.url.replace('http:', 'https:') })
    expect(scene.client.getSnapshot().error).toMatchObject({
      code: 'network_error',
      hint: expect.stringContaining('certificate') as string,
    })
  })

  it.each<[what: string, status: number, body: string]>([
    ['a missing route', 404, 'Cannot GET /socket.io/'],
    ['the page of a portal', 200, '<!doctype html><title>Sign in</title>'],
    ['an empty page', 200, ''],
    ['a proxy without its server', 502, 'Bad Gateway'],
    ['JSON', 200, '{"ok":true}'],
  ])('is no network error where something else answers: %s', async (_what, status, body) => {
    using other = await startHttp((_request, response) => response.writeHead(status).end(body))
    for (const options of [{}, { token: 'x', transports: ['polling'] as const }]) {
      using scene = await failing({ url: other.url, ...options })
      expect(scene.client.getSnapshot().error).toMatchObject({
        code: 'invalid_answer',
        retryable: true,
        hint: 'Is it a YektaYar server?',
        ...(status !== 200 && {
          message: expect.stringContaining(`status ${String(status)}`) as string,
        }),
      })
    }
  })

  it.each([
    [400, 'Polling needs sticky sessions'],
    [403, 'Does a proxy refuse POST?'],
    [405, 'Does a proxy refuse POST?'],
    [413, 'Does a proxy refuse POST?'],
  ])(
    'names the status %i by which polling is refused after it was opened',
    async (status, hint) => {
      await using context = await startServer()
      using proxy = await startHttp((request, response) => {
        if (request.method === 'POST') {
          response.writeHead(status).end()
          return
        }
        void fetch(`${context.url}${String(request.url)}`).then(async (answer) => {
          response.writeHead(answer.status).end(await answer.text())
        })
      })
      using scene = await failing({ url: proxy.url, token: 'x', transports: ['polling'] })
      expect(scene.client.getSnapshot().error).toMatchObject({
        code: 'network_error',
        message: `connect: closed before admission (transport error, status ${String(status)})`,
        hint,
      })
    },
  )

  it('is the cause of connect(), whenStatus(), join() and a call', async () => {
    using scene = await failing({ url: UNUSED_URL, token: () => Promise.reject(appError) })
    const { client } = scene
    const soon = { timeoutMs: 10 }
    const waits = [
      client.connect(soon),
      client.whenStatus('connected', soon),
      client.room('public:lobby').join(soon),
      client.echo('hi', soon),
    ]
    for (const wait of waits) {
      const error = await rejection(wait)
      expect(error).toMatchObject({ code: 'timeout', cause: client.getSnapshot().error })
    }
    expect(await rejection(client.connect(soon))).toMatchObject({
      message: 'Not connected: The function "token" failed',
    })
  })

  it('is the cause of what is asked of a client that has stopped', async () => {
    await using context = await startServer()
    const client = context.client({ token: 'x'.repeat(43) })
    const refusal = await rejection(client.connect())
    expect(client.getSnapshot()).toMatchObject({ status: 'stopped', error: refusal })
    expect(await rejection(client.whenStatus('connected'))).toBe(refusal)
    for (const asked of [client.echo('hi'), client.room('public:lobby').join()]) {
      expect(await rejection(asked)).toMatchObject({ code: 'not_connected', cause: refusal })
    }
  })

  it('is gone once the client is connected, and after disconnect()', async () => {
    await using context = await startServer()
    const token = vi.fn(async () => (await context.server.sessions.acquire()).token)
    for (const odd of [undefined, '', null, {}]) token.mockResolvedValueOnce(odd as string)
    const client = context.client({ token, retryDelayMaxMs: 10 })
    const codes: unknown[] = []
    client.subscribe(({ error, nextRetryAt }) => {
      if (nextRetryAt !== null) codes.push(error?.code)
    })
    await client.connect()
    expect(codes).toEqual(Array(4).fill('callback_failed'))
    expect(client.getSnapshot()).toMatchObject({ status: 'connected', error: null, reason: null })
    await client.disconnect()
    expect(client.getSnapshot()).toMatchObject({ status: 'idle', error: null })
  })

  it('says which step has taken too long', async () => {
    const never = () => new Promise<never>(() => undefined)
    using scene = await failing({ url: UNUSED_URL, token: never, connectTimeoutMs: 20 })
    expect(scene.client.getSnapshot().error).toMatchObject({
      code: 'timeout',
      message: 'connect: timeout (session)',
    })
  })
})
