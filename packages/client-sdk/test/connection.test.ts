import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { describe, expect, it, vi } from 'vitest'
import { isYektaYarError, memoryStorage, YektaYarSocket } from '../src/index.js'
import type { ConnectionStatus } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

const UNUSED_URL = 'http://127.0.0.1:1'

describe('connect()', () => {
  it('acquires a session first and then connects', async () => {
    await using context = await startServer()
    const client = context.client()
    const statuses: ConnectionStatus[] = []
    client.onStatus(({ from, to }) => from !== to && statuses.push(to))
    expect(client.snapshot).toMatchObject({ status: 'idle', socketId: null })

    await client.connect()
    expect(statuses).toEqual(['connecting', 'connected'])
    expect(client.snapshot).toMatchObject({
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
    expect(client.snapshot.reason).toBe('network_error')
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

  it.each([
    [{ url: 'nowhere' }],
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
    ['an address', { url: () => 'nowhere' }, 'invalid_options'],
    ['a token', { token: () => '' }, 'invalid_options'],
  ])('stops when a function returns %s that cannot work', async (_what, options, code) => {
    await using context = await startServer()
    const client = context.client(options)
    expect(await rejection(client.connect())).toMatchObject({ code })
    expect(client.status).toBe('stopped')
  })

  it('tries again when a session does not arrive within the limit of an attempt', async () => {
    await using context = await startServer()
    const fetchSpy = vi
      .fn(fetch)
      .mockImplementationOnce(() => new Promise<Response>(() => undefined))
    const client = context.client({ fetch: fetchSpy, connectTimeoutMs: 500 })
    const reasons: unknown[] = []
    client.onStatus(({ reason }) => reasons.push(reason))
    await client.connect({ timeoutMs: 5_000 })
    expect(reasons).toContain('timeout')
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it('stops when a server refuses without a code, as the guide’s own middleware does', async () => {
    const io = new Server({ allowEIO3: false })
    io.use((_socket, next) => {
      next(new Error('Invalid or expired session token'))
    })
    const http = createHttpServer().listen(0, '127.0.0.1')
    io.attach(http)
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    const client = new YektaYarSocket({ url: `http://127.0.0.1:${String(port)}`, token: 'x' })
    expect(await rejection(client.connect())).toMatchObject({
      code: 'invalid_answer',
      message: 'connect: Invalid or expired session token',
      retryable: false,
    })
    expect(client.status).toBe('stopped')
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
    const { reason, attempt, nextRetryAt } = client.snapshot
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
    expect(client.snapshot.reason).toBe('disconnected_by_server')
    await client.connect()
    expect(client.status).toBe('connected')
  })

  it('comes back after the engine has closed, as it does when the heartbeat stops', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const { socketId } = client.snapshot
    const reconnecting = client.whenStatus('reconnecting', { timeoutMs: 5_000 })
    client.socket?.io.engine.close()
    await reconnecting
    expect(client.snapshot.reason).toBe('connection_lost')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(client.snapshot.socketId).not.toBe(socketId)
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
    expect(client.snapshot.socketId).toBeNull()
  })
})

describe('the session', () => {
  it('is restored from storage by the next client', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const first = context.client({ storage })
    await first.connect()
    const fetchSpy = vi.fn(fetch)
    const second = context.client({ storage, fetch: fetchSpy })
    await second.connect()
    expect(second.session.expiresAt).toBe(first.session.expiresAt)
    expect(fetchSpy).not.toHaveBeenCalled()
  })

  it.each([
    'not json',
    '{}',
    '{"token":1}',
    '{"token":"x","expiresAt":"2020-01-01T00:00:00.000Z"}',
  ])('is acquired anew when storage holds %s', async (stored) => {
    await using context = await startServer()
    const storage = memoryStorage()
    await storage.set(`yektayar:session:${context.url}`, stored)
    const client = context.client({ storage })
    await client.connect()
    expect(client.session.state).toBe('active')
  })

  it('works with a storage that fails', async () => {
    await using context = await startServer()
    const fail = () => {
      throw new Error('quota')
    }
    const client = context.client({ storage: { get: fail, set: fail, remove: fail } })
    await client.connect()
    expect(client.status).toBe('connected')
  })

  it('is replaced once when the server rejects its stored token', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const stored = { token: 'x'.repeat(43), expiresAt: new Date(Date.now() + 60_000).toISOString() }
    await storage.set(`yektayar:session:${context.url}`, JSON.stringify(stored))
    const fetchSpy = vi.fn(fetch)
    const client = context.client({ storage, fetch: fetchSpy })
    await client.connect()
    expect(fetchSpy).toHaveBeenCalledOnce()
  })

  it('ends when the fresh token is rejected as well', async () => {
    await using context = await startServer()
    const rejected = () =>
      Promise.resolve(Response.json({ token: 'wrong', expiresAt: '2100-01-01T00:00:00.000Z' }))
    const fetchSpy = vi.fn(rejected)
    const client = context.client({ fetch: fetchSpy })
    expect(await rejection(client.connect())).toMatchObject({ code: 'token_invalid' })
    expect(client.status).toBe('stopped')
    expect(client.session.state).toBe('ended')
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it('lets a listener connect with another token when it ends', async () => {
    await using context = await startServer()
    const { token } = await context.server.sessions.acquire()
    const rejected = () =>
      Promise.resolve(Response.json({ token: 'wrong', expiresAt: '2100-01-01T00:00:00.000Z' }))
    const client = context.client({ fetch: rejected })
    const stop = client.session.onChange(({ state }) => {
      if (state === 'ended') void client.connect({ token })
    })
    expect(await rejection(client.connect())).toMatchObject({ code: 'token_invalid' })
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    stop()
    expect(client.session.state).toBe('active')
    expect((await client.getStatus()).connection.sessionToken).toBe(token)
  })

  it('is not replaced when the token was the app’s own', async () => {
    await using context = await startServer()
    const client = context.client({ token: 'wrong' })
    expect(await rejection(client.connect())).toMatchObject({ code: 'token_invalid' })
    expect(client.snapshot).toMatchObject({ status: 'stopped', reason: 'token_invalid' })
  })

  it.each([
    ['a busy server', new Response('busy', { status: 503 })],
    ['a failing network', undefined],
  ])('is asked for again after %s', async (_what, response) => {
    await using context = await startServer()
    const fetchSpy = vi
      .fn(fetch)
      .mockImplementationOnce(() =>
        response ? Promise.resolve(response) : Promise.reject(new TypeError('fetch failed')),
      )
    const client = context.client({ fetch: fetchSpy })
    await client.connect()
    expect(fetchSpy).toHaveBeenCalledTimes(2)
  })

  it('cannot come from something that is no YektaYar server', async () => {
    await using context = await startServer()
    const client = context.client({ fetch: () => Promise.resolve(new Response('<html>')) })
    const error = await rejection(client.connect())
    expect(isYektaYarError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'invalid_answer', retryable: false })
  })

  it('is none again when the client disconnects while one is being acquired', async () => {
    const fetchForever = () => new Promise<Response>(() => undefined)
    const client = new YektaYarSocket({ url: UNUSED_URL, fetch: fetchForever })
    const acquiring = new Promise((resolve) => client.session.onChange(resolve))
    void client.connect()
    await acquiring
    expect(client.session.state).toBe('acquiring')
    await client.disconnect()
    expect(client.session.state).toBe('none')
  })

  it('tells its listeners of every change', async () => {
    await using context = await startServer()
    const client = context.client()
    const states: string[] = []
    const stop = client.session.onChange(({ state }) => states.push(state))
    await client.connect()
    stop()
    stop()
    expect(states).toEqual(['acquiring', 'active'])
  })
})
