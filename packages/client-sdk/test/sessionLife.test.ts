import { describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import type { AcquireContext, YektaYarSocket } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

const DAY_MS = 24 * 60 * 60_000
const PASSWORD = 'correct horse'

const signingIn = {
  authenticate: ({ username = '', password }: Record<string, string>) =>
    password === PASSWORD ? `user-${username}` : null,
}

function credentialsOf(username: string, password = PASSWORD) {
  return { username, password }
}

/** The token that the client would present at its next attempt. */
async function storedToken(storage: ReturnType<typeof memoryStorage>, url: string) {
  const text = await storage.get(`yektayar:session:${url}`)
  return typeof text === 'string' ? (JSON.parse(text) as { token: string }).token : undefined
}

/** Loses the connection from the server's side, and waits for the next one. */
async function reconnect(client: YektaYarSocket): Promise<void> {
  const lost = client.whenStatus('reconnecting')
  client.socket?.io.engine.close()
  await lost
  await client.whenStatus('connected', { timeoutMs: 5_000 })
}

describe('a session before its end', () => {
  it('is renewed over the live connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      await using context = await startServer({ sessionTtlDays: 24_000 / DAY_MS })
      const storage = memoryStorage()
      const client = context.client({ storage })
      await client.connect()
      const first = await storedToken(storage, context.url)
      const { socketId } = client.snapshot
      const { expiresAt } = client.session
      await client.ping()
      await vi.advanceTimersByTimeAsync(14_000)
      await vi.waitFor(() => {
        expect(client.session.expiresAt).not.toBe(expiresAt)
      })
      expect(await storedToken(storage, context.url)).not.toBe(first)
      expect(client.snapshot.socketId).toBe(socketId)
      expect(client.session.state).toBe('active')
    } finally {
      vi.useRealTimers()
    }
  })

  it('is left alone while that is months away, although no timer can count so far', async () => {
    await using context = await startServer({ sessionTtlDays: 100 })
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const renewals = vi.spyOn(context.server.sessions, 'renew')
    const client = context.client()
    await client.connect()
    await client.ping()
    await client.ping()
    expect(timers.mock.calls.filter(([, delay = 0]) => delay > 2 ** 31 - 1)).toEqual([])
    expect(renewals).not.toHaveBeenCalled()
    timers.mockRestore()
  })

  it('is renewed once for calls that come together', async () => {
    await using context = await startServer()
    const renewals = vi.spyOn(context.server.sessions, 'renew')
    const client = context.client()
    await client.connect()
    const states: string[] = []
    client.session.onChange(({ state }) => states.push(state))
    await Promise.all([client.session.renew(), client.session.renew(), client.session.renew()])
    expect(renewals).toHaveBeenCalledOnce()
    expect(states).toEqual(['renewing', 'active'])
    await reconnect(client)
  })

  it('keeps its old token when the renewal fails', async () => {
    await using context = await startServer()
    vi.spyOn(context.server.sessions, 'renew').mockRejectedValueOnce(new Error('broken'))
    const client = context.client()
    await client.connect()
    expect(await rejection(client.session.renew())).toMatchObject({ code: 'internal_error' })
    expect(client.session.state).toBe('active')
    await client.session.renew()
    await reconnect(client)
  })
})

describe('signing in and out', () => {
  it('changes the user on the same connection, and the token with it', async () => {
    await using context = await startServer(signingIn)
    const storage = memoryStorage()
    const client = context.client({ storage })
    await client.connect()
    const { socketId } = client.snapshot
    const anonymous = await storedToken(storage, context.url)
    const changes: unknown[] = []
    client.on('session:changed', (change) => changes.push(change))

    await client.session.signIn(credentialsOf('sara'))
    expect(client.session).toMatchObject({ userId: 'user-sara', isLoggedIn: true })
    expect(await context.server.sessions.findByToken(anonymous)).toBeUndefined()
    expect((await client.getStatus()).connection).toMatchObject({ userId: 'user-sara', socketId })

    await client.session.signOut()
    expect(client.session).toMatchObject({ userId: null, isLoggedIn: false })
    expect((await client.getStatus()).connection).toMatchObject({ userId: null, socketId })
    expect(changes).toEqual([
      { userId: 'user-sara', isLoggedIn: true },
      { userId: null, isLoggedIn: false },
    ])
    await reconnect(client)
  })

  it('works before there is a connection, and the next client is signed in', async () => {
    await using context = await startServer(signingIn)
    const storage = memoryStorage()
    await context.client({ storage }).session.signIn(credentialsOf('sara'))
    const next = context.client({ storage })
    await next.connect()
    expect(next.session.userId).toBe('user-sara')
  })

  it('changes nothing with wrong credentials', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    const error = await rejection(client.session.signIn(credentialsOf('sara', 'wrong')))
    expect(error).toMatchObject({ code: 'unauthorized', retryable: false })
    expect(client.session).toMatchObject({ state: 'active', isLoggedIn: false })
    await reconnect(client)
  })

  it('by the server itself gives the client a new token for its dead one', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const fetchSpy = vi.fn(fetch)
    const client = context.client({ storage, fetch: fetchSpy })
    await client.connect()
    const session = await context.server.sessions.findByToken(
      await storedToken(storage, context.url),
    )
    await context.server.sessions.signIn(session?.id ?? '', 'user-sara')
    await vi.waitFor(async () => {
      const token = await storedToken(storage, context.url)
      expect(await context.server.sessions.findByToken(token)).toMatchObject({ id: session?.id })
    })
    await reconnect(client)
    expect(client.session.userId).toBe('user-sara')
    expect(fetchSpy).toHaveBeenCalledOnce()
  })

  it('is seen after a reconnect when it happened meanwhile', async () => {
    await using context = await startServer(signingIn)
    const storage = memoryStorage()
    const client = context.client({ storage })
    await client.connect()
    await client.disconnect()
    await context.client({ storage }).session.signIn(credentialsOf('sara'))
    await client.connect()
    expect(client.session.userId).toBe('user-sara')
  })

  it('out without a server ends the session here all the same', async () => {
    await using context = await startServer(signingIn)
    const storage = memoryStorage()
    const client = context.client({ storage })
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    await context.stop()
    expect(await rejection(client.session.signOut())).toMatchObject({ code: 'network_error' })
    expect(client.session).toMatchObject({ state: 'ended', isLoggedIn: false, expiresAt: null })
    expect(client.snapshot).toMatchObject({ status: 'stopped', reason: 'session_ended' })
    expect(await storedToken(storage, context.url)).toBeUndefined()
  })

  it('is the app’s own affair where the token is', async () => {
    await using context = await startServer(signingIn)
    const { token } = await context.server.sessions.acquire()
    const { session } = context.client({ token })
    for (const change of [
      session.signIn(credentialsOf('sara')),
      session.signOut(),
      session.renew(),
    ])
      expect(await rejection(change)).toMatchObject({ code: 'invalid_options' })
    expect(await session.list()).toMatchObject([{ isCurrent: true }])
  })

  it('gives up with its signal and with its time', async () => {
    await using context = await startServer(signingIn)
    const never = () => new Promise<Response>(() => undefined)
    const { session } = context.client({ fetch: never })
    const signal = AbortSignal.abort()
    expect(await rejection(session.signIn({}, { signal }))).toMatchObject({ code: 'aborted' })
    expect(await rejection(session.list({ timeoutMs: 20 }))).toMatchObject({ code: 'timeout' })
  })
})

describe('listing and ending', () => {
  it('shows the sessions of the user and ends another one, which gets a fresh session', async () => {
    await using context = await startServer(signingIn)
    const [first, second] = [context.client(), context.client()]
    await Promise.all([first.connect(), second.connect()])
    await first.session.signIn(credentialsOf('sara'))
    await second.session.signIn(credentialsOf('sara'))
    const sessions = await first.session.list()
    expect(sessions.filter(({ isCurrent }) => isCurrent)).toHaveLength(1)
    const other = sessions.find(({ isCurrent }) => !isCurrent)

    const codes: string[] = []
    second.on('session:ended', ({ code }) => codes.push(code))
    await first.session.end(other?.id)
    await second.whenStatus('reconnecting')
    await second.whenStatus('connected', { timeoutMs: 5_000 })
    expect(codes).toEqual(['ended'])
    expect(second.session).toMatchObject({ state: 'active', userId: null })
    expect(first.session.userId).toBe('user-sara')
    expect(await rejection(first.session.end(other?.id))).toMatchObject({ code: 'not_found' })
  })

  it('waits for the new token when it is asked for in answer to a change of the user', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    const lists: Promise<unknown>[] = []
    let userId: string | null = null
    client.session.onChange((session) => {
      if (session.userId !== userId) lists.push(session.list())
      ;({ userId } = session)
    })
    await client.session.signIn(credentialsOf('sara'))
    const [own] = await client.session.list()
    await context.server.sessions.signIn(own?.id ?? '', 'user-omid')
    await vi.waitFor(() => {
      expect(lists).toHaveLength(2)
    })
    for (const list of lists) expect(await list).toMatchObject([{ isCurrent: true }])
  })

  it('ends this session for good, until somebody connects again', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const client = context.client({ storage })
    await client.connect()
    await client.session.end()
    expect(client.session.state).toBe('ended')
    expect(client.snapshot).toMatchObject({ status: 'stopped', reason: 'session_ended' })
    expect(await storedToken(storage, context.url)).toBeUndefined()
    await client.connect()
    expect(client.session.state).toBe('active')
  })

  it('stops a client that may not replace its session', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const client = context.client({ storage, replaceSession: false })
    await client.connect()
    const stopped = client.whenStatus('stopped')
    const { sessions } = context.server
    const session = await sessions.findByToken(await storedToken(storage, context.url))
    await sessions.end(session?.id ?? '')
    await stopped
    expect(client.snapshot.reason).toBe('session_ended')
    expect(client.session.state).toBe('ended')
  })

  it('stops the oldest of too many connections, which does not come back against the others', async () => {
    await using context = await startServer({ limits: { connectionsPerSession: 1 } })
    const storage = memoryStorage()
    const [first, second] = [context.client({ storage }), context.client({ storage })]
    await first.connect()
    const stopped = first.whenStatus('stopped')
    await second.connect()
    await stopped
    expect(first.snapshot.reason).toBe('session_replaced')
    expect(first.session.state).toBe('active')
    await second.ping()
  })
})

describe('an app’s own way to a session', () => {
  it('is told why one is needed, and which one it replaces', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const contexts: AcquireContext[] = []
    const client = context.client({
      acquire: (context) => {
        contexts.push(context)
        return sessions.acquire()
      },
    })
    await client.connect()
    await client.session.renew()
    await client.whenStatus('connected')
    for (const { data } of context.server.io.sockets.sockets.values())
      await sessions.end(data.sessionId)
    await client.whenStatus('reconnecting')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(contexts.map(({ reason }) => reason)).toEqual(['first', 'expiring'])

    const renewed = await client.getStatus()
    const current = await sessions.findByToken(renewed.connection.sessionToken)
    await sessions.end(current?.id ?? '')
    await client.whenStatus('reconnecting')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(contexts.map(({ reason }) => reason)).toEqual(['first', 'expiring', 'rejected'])
    expect(contexts.map(({ previous }) => previous?.token)).toEqual([
      undefined,
      expect.any(String),
      renewed.connection.sessionToken,
    ])
    expect(contexts.every(({ signal }) => signal instanceof AbortSignal)).toBe(true)
  })

  it('is refused when it brings something else', async () => {
    await using context = await startServer()
    const client = context.client({ acquire: () => ({ token: '', expiresAt: '' }) })
    expect(await rejection(client.connect())).toMatchObject({ code: 'invalid_options' })
  })
})
