import { describe, expect, it, vi } from 'vitest'
import { isYektaYarError, memoryStorage, YektaYarSocket } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

const UNUSED_URL = 'http://127.0.0.1:1'

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
    const stop = client.session.subscribe(({ state }) => {
      if (state === 'ended') void client.connect({ token })
    })
    expect(await rejection(client.connect())).toMatchObject({ code: 'token_invalid' })
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    stop()
    expect(client.session.state).toBe('active')
    expect((await client.getStatus()).connection.sessionToken).toBe(token)
  })

  it('of an app’s own token is the one that is listed, and no other is acquired', async () => {
    await using context = await startServer()
    const acquired = await fetch(`${context.url}/api/session/acquire`, { method: 'POST' })
    const { token } = (await acquired.json()) as { token: string }
    const fetchSpy = vi.fn(fetch)
    const client = context.client({ token, fetch: fetchSpy })
    await client.connect()
    expect(await client.session.list()).toMatchObject([{ isCurrent: true }])
    expect(fetchSpy.mock.calls.map(([url]) => new URL(url as string).pathname)).toEqual([
      '/api/session/all',
    ])
  })

  it('is not replaced when the token was the app’s own', async () => {
    await using context = await startServer()
    const client = context.client({ token: 'wrong' })
    expect(await rejection(client.connect())).toMatchObject({ code: 'token_invalid' })
    expect(client.getSnapshot()).toMatchObject({ status: 'stopped', reason: 'token_invalid' })
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
    const error = await rejection(client.connect({ timeoutMs: 100 }))
    expect(isYektaYarError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'timeout', cause: { code: 'invalid_answer' } })
  })

  it('is none again when the client disconnects while one is being acquired', async () => {
    const fetchForever = () => new Promise<Response>(() => undefined)
    const client = new YektaYarSocket({ url: UNUSED_URL, fetch: fetchForever })
    const acquiring = new Promise<void>((resolve) => {
      client.session.subscribe(({ state }) => {
        if (state === 'acquiring') resolve()
      })
    })
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
    const stop = client.session.subscribe(({ state }) => states.push(state))
    await client.connect()
    stop()
    stop()
    expect(states).toEqual(['none', 'acquiring', 'active'])
  })
})
