import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { ConnectionStatus, YektaYarSocketOptions } from '../src/index.js'
import { rejection, startServer } from './support/server.js'
import { welcome } from './support/welcome.js'

const UNUSED_URL = 'http://127.0.0.1:1'

describe('connect()', () => {
  it('acquires a session first and then connects', async () => {
    await using context = await startServer()
    const client = context.client()
    const statuses: ConnectionStatus[] = []
    client.subscribe(({ status }) => statuses.at(-1) !== status && statuses.push(status))
    expect(client.getSnapshot()).toMatchObject({ status: 'idle', socketId: null })

    await client.connect()
    expect(statuses).toEqual(['idle', 'connecting', 'connected'])
    expect(client.getSnapshot()).toMatchObject({
      status: 'connected',
      reason: null,
      attempt: 0,
      nextRetryAt: null,
      transport: 'websocket',
      socketId: client.socket?.id,
    })
    expect(client.session.state).toBe('active')
    expect(Date.parse(client.session.expiresAt ?? '')).toBeGreaterThan(Date.now())
  })

  it('acquires one session for calls that come together', async () => {
    await using context = await startServer()
    const fetchSpy = vi.fn(fetch)
    const client = context.client({ fetch: fetchSpy })
    await Promise.all([client.connect(), client.connect(), client.connect()])
    expect(fetchSpy).toHaveBeenCalledOnce()
    expect(context.server.io.sockets.sockets.size).toBe(1)
  })

  it('takes a token and an address as the guide writes them', async () => {
    await using context = await startServer()
    const { token } = await context.server.sessions.acquire()
    const client = new YektaYarSocket(token)
    await client.connect(context.url)
    expect((await client.getStatus()).connection.sessionToken).toBe(token)
    await client.disconnect()
  })

  it('asks functions for the token and the address', async () => {
    await using context = await startServer()
    const { token } = await context.server.sessions.acquire()
    const client = context.client({ url: () => Promise.resolve(context.url), token: () => token })
    await client.connect()
    expect((await client.getStatus()).connection.sessionToken).toBe(token)
  })

  it('rejects with timeout while attempts go on, and connects once there is a server', async () => {
    await using context = await startServer()
    await context.stop()
    const client = context.client()
    const error = await rejection(client.connect({ timeoutMs: 50 }))
    expect(error).toMatchObject({ code: 'timeout', mayHaveRun: false })
    expect(client.status).toBe('connecting')
    expect(client.getSnapshot().reason).toBe('network_error')
    await context.restart()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
  })

  it('goes back to idle when its signal aborts', async () => {
    const client = new YektaYarSocket({ url: UNUSED_URL, retryDelayMs: 10 })
    const controller = new AbortController()
    const connecting = client.connect({ signal: controller.signal })
    controller.abort()
    expect(await rejection(connecting)).toMatchObject({ code: 'aborted' })
    expect(client.status).toBe('idle')
    expect(await rejection(client.connect({ signal: controller.signal }))).toMatchObject({
      code: 'aborted',
    })
  })

  it('leaves the old server for another address', async () => {
    await using first = await startServer()
    await using second = await startServer()
    const client = first.client()
    await client.connect()
    await client.connect(second.url)
    expect(second.server.io.sockets.sockets.size).toBe(1)
    await vi.waitFor(() => {
      expect(first.server.io.sockets.sockets.size).toBe(0)
    })
  })

  it.each<[YektaYarSocketOptions, string]>([
    [
      { url: 'http://localhost:3000/path' },
      'an origin like https://app.org, not http://localhost:3000/path',
    ],
    [{ url: 'https://me:hush@a.org' }, 'an origin like https://app.org, not https:…a.org'],
    [{ url: 'https://a.org/?token=hush' }, 'an origin like https://app.org, not https://a.org/…'],
    [{ url: '' }, 'an origin like https://app.org, not '],
    [{ path: 'live' }, 'a path like /v1, not live'],
    [{ callTimeoutMs: -1 }, '0 or more, not -1'],
    [{ token: 7 as unknown as string }, 'a non-empty string, not number'],
    [{ fetch: 'hush' as unknown as typeof fetch }, 'a function, not string'],
  ])('says what was given in %j and what is allowed', (options, message) => {
    const [name = ''] = Object.keys(options)
    expect(() => new YektaYarSocket(options)).toThrow(
      expect.objectContaining({ message: `The option "${name}" must be ${message}` }) as Error,
    )
  })

  it.each(['HTTP://LOCALHOST:80/', 'wss://a.org', 'http://[::1]:3000', 'https://bücher.example'])(
    'takes %s for an origin',
    (url) => {
      expect(new YektaYarSocket({ url }).status).toBe('idle')
    },
  )

  it.each([
    [{ url: 'nowhere' }],
    [{ url: 'http://a:b' }],
    [{ url: 'http://a b' }],
    [{ url: 'http://localhost:3000/path' }],
    [{ token: '' }],
    [{ callTimeoutMs: -1 }],
    [{ retryDelayMs: Number.NaN }],
  ])('refuses the options %j', (options) => {
    expect(() => new YektaYarSocket(options)).toThrow(
      expect.objectContaining({ code: 'invalid_options' }) as Error,
    )
  })

  it.each([
    ['an address', { url: () => 'nowhere' }],
    ['a token', { token: () => '' }],
  ])(
    'says why it does not get on when a function returns %s that cannot work',
    async (_what, options) => {
      await using context = await startServer()
      const client = context.client(options)
      expect(await rejection(client.connect({ timeoutMs: 100 }))).toMatchObject({
        code: 'timeout',
        cause: { code: 'callback_failed', cause: { code: 'invalid_options' } },
      })
      expect(client.status).toBe('connecting')
    },
  )

  it('tries again when a session does not arrive within the limit of an attempt', async () => {
    await using context = await startServer()
    const fetchSpy = vi
      .fn(fetch)
      .mockImplementationOnce(() => new Promise<Response>(() => undefined))
    const client = context.client({ fetch: fetchSpy, connectTimeoutMs: 500 })
    const reasons: unknown[] = []
    client.subscribe(({ reason }) => reasons.push(reason))
    await client.connect({ timeoutMs: 5_000 })
    expect(reasons).toContain('timeout')
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it.each<[what: string, refusal: Error]>([
    ['without a code, as the guide’s own middleware does', new Error('Invalid session')],
    ['with a code of somebody else', Object.assign(new Error('no'), { data: { code: 'E_AUTH' } })],
    [
      'with one of ours, in another format',
      Object.assign(new Error('no'), { data: { code: 'forbidden' } }),
    ],
    ['with a text as data', Object.assign(new Error('no'), { data: 'forbidden' })],
  ])('tries again when a middleware refuses %s', async (_what, refusal) => {
    const io = new Server()
    const admit = vi
      .fn((_socket, next: (error?: Error) => void) => {
        next()
      })
      .mockImplementationOnce((_socket, next) => {
        next(refusal)
      })
    io.use(admit)
    io.on('connection', (socket) => socket.emit('connected', welcome))
    const http = createHttpServer().listen(0, '127.0.0.1')
    io.attach(http)
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    const client = new YektaYarSocket({
      url: `http://127.0.0.1:${String(port)}`,
      token: 'x',
      retryDelayMs: 10,
    })
    const errors: unknown[] = []
    client.subscribe(({ error, nextRetryAt }) => {
      if (nextRetryAt !== null) errors.push(error)
    })
    await client.connect()
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ retryable: true, message: `connect: ${refusal.message}` })
    await client.disconnect()
    await io.close()
  })

  it('tries again when the server failed while it looked at the token', async () => {
    const io = new Server()
    const failure = { code: 'internal_error', message: 'failed', retryable: false }
    const admit = vi
      .fn((_socket, next: (error?: Error) => void) => {
        next()
      })
      .mockImplementationOnce((_socket, next) => {
        next(Object.assign(new Error('failed'), { data: failure }))
      })
    io.use(admit)
    io.on('connection', (socket) => socket.emit('connected', welcome))
    const http = createHttpServer().listen(0, '127.0.0.1')
    io.attach(http)
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    const url = `http://127.0.0.1:${String(port)}`
    const client = new YektaYarSocket({ url, token: 'x', retryDelayMs: 10 })
    await client.connect({ timeoutMs: 5_000 })
    expect(admit).toHaveBeenCalledTimes(2)
    await client.disconnect()
    await io.close()
  })

  it('tries again when a function of the app fails', async () => {
    await using context = await startServer()
    const { token } = await context.server.sessions.acquire()
    const source = vi
      .fn(() => token)
      .mockImplementationOnce(() => {
        throw new Error('not yet')
      })
    const client = context.client({ token: source })
    await client.connect()
    expect(source).toHaveBeenCalledTimes(2)
  })
})

describe('a lost connection', () => {
  it('comes back after a restart of the server, with listeners and session', async () => {
    await using context = await startServer()
    const client = context.client()
    const welcome = vi.fn()
    client.on('connected', welcome)
    await client.connect()
    const { expiresAt } = client.session
    const { socket } = client

    const lost = client.whenStatus('reconnecting')
    await context.restart()
    await lost
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await vi.waitFor(() => {
      expect(welcome).toHaveBeenCalledTimes(2)
    })
    expect(client.session.expiresAt).toBe(expiresAt)
    expect(client.socket).toBe(socket)
    expect(await client.echo('again')).toMatchObject({ received: 'again' })
  })

  it('shows when the next attempt is', async () => {
    await using context = await startServer()
    const client = context.client({ retryDelayMs: 60_000, retryDelayMaxMs: 60_000 })
    await client.connect()
    const lost = client.whenStatus('reconnecting')
    await context.stop()
    await lost
    const { reason, attempt, nextRetryAt } = client.getSnapshot()
    expect({ reason, attempt }).toEqual({ reason: 'connection_lost', attempt: 1 })
    expect(nextRetryAt).toBeGreaterThan(Date.now() + 25_000)
  })

  it('stays away when the server sent it away', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const stopped = client.whenStatus('stopped')
    context.server.io.disconnectSockets()
    await stopped
    expect(client.getSnapshot().reason).toBe('disconnected_by_server')
    await client.connect()
    expect(client.status).toBe('connected')
  })

  it('comes back after the engine has closed, as it does when the heartbeat stops', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const { socketId } = client.getSnapshot()
    const reconnecting = client.whenStatus('reconnecting', { timeoutMs: 5_000 })
    client.socket?.io.engine.close()
    await reconnecting
    expect(client.getSnapshot().reason).toBe('connection_lost')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(client.getSnapshot().socketId).not.toBe(socketId)
  })

  it('can be opened anew from a disconnect listener of the app', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const reconnected = new Promise((resolve) => {
      client.socket?.once('disconnect', () => {
        resolve(client.connect())
      })
    })
    await client.disconnect()
    await reconnected
    expect(client.status).toBe('connected')
    expect((await client.ping()).roundTripMs).toBeGreaterThan(0)
    expect(context.server.io.sockets.sockets.size).toBe(1)
  })

  it('is idle when the app disconnects the plain socket', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    client.socket?.disconnect()
    await client.whenStatus('idle')
    expect(client.getSnapshot().socketId).toBeNull()
  })
})
