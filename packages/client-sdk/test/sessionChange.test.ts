import { describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import type { ConnectionStatus, YektaYarSocket } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { rejection, startServer } from './support/server.js'
import { credentialsOf, signingIn } from './support/signingIn.js'
import { storedToken } from './support/storedToken.js'

const ROOM = 'public:lobby'

/** Two clients that share one storage, as on one device, and every request that they make. */
async function startDevice(serverOptions = {}) {
  const context = await startServer({ ...signingIn, ...serverOptions })
  const storage = memoryStorage()
  const requests: string[] = []
  const watched: typeof fetch = (url, init) => {
    requests.push(new URL(url as string).pathname)
    return fetch(url, init)
  }
  const [first, second] = [
    context.client({ storage, fetch: watched }),
    context.client({ storage, fetch: watched }),
  ]
  await first.connect()
  await second.connect()
  return {
    context,
    storage,
    requests,
    first,
    second,
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

function statusesOf(client: YektaYarSocket): ConnectionStatus[] {
  const statuses: ConnectionStatus[] = []
  let before = client.status
  client.subscribe(({ status }) => {
    if (status !== before) statuses.push(status)
    before = status
  })
  return statuses
}

/** The messages of the room, read by a third client. */
async function logOf(context: Awaited<ReturnType<typeof startServer>>) {
  const reader = context.client()
  await reader.connect()
  return (await reader.room(ROOM).history()).messages
}

describe('another client of the same storage', () => {
  it.each(['signs in', 'signs out'])(
    'is connected again within 2 s when the first one %s, and acquires nothing',
    async (what) => {
      await using device = await startDevice()
      const { first, second, requests } = device
      if (what === 'signs out') {
        await first.session.signIn(credentialsOf('sara'))
        await second.whenStatus('reconnecting').catch(() => undefined)
        await second.whenStatus('connected', { timeoutMs: 2_000 })
      }
      const statuses = statusesOf(second)
      const startedAt = performance.now()
      if (what === 'signs in') await first.session.signIn(credentialsOf('sara'))
      else await first.session.signOut()
      await eventually(() => {
        expect(statuses).toEqual(['reconnecting', 'connected'])
      })
      expect(performance.now() - startedAt).toBeLessThan(2_000)
      const userId = what === 'signs in' ? 'user-sara' : null
      expect((await second.getStatus()).connection.userId).toBe(userId)
      expect(second.session.userId).toBe(userId)
      expect(first.status).toBe('connected')
      expect(requests.filter((path) => path.endsWith('/acquire'))).toHaveLength(1)
    },
  )

  it('waits for a token as long as 2 s, then replaces the session', async () => {
    await using device = await startDevice()
    const { context, first, storage, requests } = device
    const token = await storedToken(storage, context.url)
    const session = await context.server.sessions.findByToken(token)
    const statuses = statusesOf(first)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const lost = first.whenStatus('reconnecting')
      await context.server.sessions.signIn(session?.id ?? '', 'user-omid')
      await lost
      await vi.advanceTimersByTimeAsync(1_800)
      expect(requests).toEqual(['/api/session/acquire'])
      expect(await storedToken(storage, context.url)).toBe(token)
      await vi.advanceTimersByTimeAsync(400)
    } finally {
      vi.useRealTimers()
    }
    await first.whenStatus('connected', { timeoutMs: 5_000 })
    expect(statuses).toEqual(['reconnecting', 'connected'])
    expect(first.session.userId).toBeNull()
    expect(await storedToken(storage, context.url)).not.toBe(token)
  })

  it('finds the token that is there already when it hears only that its session has ended', async () => {
    await using device = await startDevice()
    const { context, second, storage } = device
    const token = await storedToken(storage, context.url)
    const { sessions } = context.server
    const session = await sessions.findByToken(token)
    const { token: newer, expiresAt } = await sessions.acquire()
    const key = `yektayar:session:${context.url}`
    await storage.set(key, JSON.stringify({ token: newer, expiresAt, userId: null }))
    const lost = second.whenStatus('reconnecting').catch(() => undefined)
    await sessions.end(session?.id ?? '')
    await lost
    await second.whenStatus('connected', { timeoutMs: 5_000 })
    expect((await second.getStatus()).connection.sessionToken).toBe(newer)
  })

  it.each(['another token', 'nothing'])(
    'leaves %s in the storage that is there when it hears the time of the server',
    async (what) => {
      await using context = await startServer()
      const storage = memoryStorage()
      const client = context.client({ storage })
      const key = `yektayar:session:${context.url}`
      const newer = JSON.stringify({ ...(await context.server.sessions.acquire()), userId: null })
      await client.connect()
      if (what === 'nothing') await storage.remove(key)
      else await storage.set(key, newer)
      await eventually(() => {
        expect(client.getSnapshot().roundTripMs).not.toBeNull()
      })
      await client.echo('later')
      expect(await storage.get(key)).toBe(what === 'nothing' ? undefined : newer)
    },
  )

  it('leaves its own renewed token in a storage that is slow', async () => {
    await using context = await startServer()
    const entries = memoryStorage()
    let delayMs = 0
    const storage = {
      ...entries,
      get: async (key: string) => {
        const value = await entries.get(key)
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        return value
      },
    }
    const client = context.client({ storage })
    await client.connect()
    delayMs = 100 // slow the storage down until the round trip is measured
    await eventually(() => {
      expect(client.getSnapshot().roundTripMs).not.toBeNull()
    })
    delayMs = 0
    await client.session.renew()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { sessionToken } = (await client.getStatus()).connection
    expect(await storedToken(entries, context.url)).toBe(sessionToken)
  })

  it('keeps what is queued where that token comes a little later', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const client = context.client({ storage, retryDelayMs: 200 })
    await client.connect()
    const { sessions } = context.server
    const session = await sessions.findByToken(await storedToken(storage, context.url))
    const lost = client.whenStatus('reconnecting')
    await sessions.end(session?.id ?? '')
    await lost
    const sent = client.room(ROOM).send('queued')
    const acquired = await sessions.acquire()
    await storage.set(`yektayar:session:${context.url}`, JSON.stringify(acquired))
    expect(await sent).toMatchObject({ seq: 1 })
  })
})

describe('what is queued', () => {
  it('by an anonymous client without a connection is delivered once after its sign-in', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.room(ROOM).send('first')
    await client.disconnect()
    const sent = [client.room(ROOM).send('second'), client.room(ROOM).send('third')]
    await client.session.signIn(credentialsOf('sara'))
    await client.connect()
    const receipts = await Promise.all(sent)
    const log = await logOf(context)
    expect(log.map(({ data }) => data)).toEqual(['first', 'second', 'third'])
    expect(receipts.map(({ id }) => id)).toEqual(log.slice(1).map(({ id }) => id))
    const [outbox] = log[0]?.id.split('.') ?? []
    expect(log.map(({ id }) => id)).toEqual([1, 2, 3].map((n) => `${outbox ?? ''}.${String(n)}`))
    expect(log.map(({ from }) => from).slice(1)).toEqual(['user:user-sara', 'user:user-sara'])
  })

  it('by one client is delivered once when another of the same storage signs in', async () => {
    await using device = await startDevice()
    const { context, first, second } = device
    for (const connection of context.server.io.sockets.sockets.values()) {
      // The server ignores what the second client sends from now on.
      if (connection.id === second.socket?.id) connection.offAny()
    }
    const sent = second.room(ROOM).send('unheard')
    await first.session.signIn(credentialsOf('sara'))
    await sent
    expect((await logOf(context)).map(({ data, from }) => [data, from])).toEqual([
      ['unheard', 'user:user-sara'],
    ])
  })

  it('while the user signs in is delivered once', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    const sent: Promise<unknown>[] = []
    const timer = setInterval(() => sent.push(client.room(ROOM).send(sent.length)), 1)
    await client.session.signIn(credentialsOf('sara'))
    clearInterval(timer)
    await Promise.all(sent)
    expect((await logOf(context)).map(({ data }) => data)).toEqual(sent.map((_, index) => index))
  })

  it('by a user fails before their sign-out is asked for', async () => {
    await using context = await startServer(signingIn)
    let statesAtRequest: unknown
    const client = context.client({
      fetch: (url, init) => {
        if ((url as string).endsWith('sign-out'))
          statesAtRequest = client.outbox.getSnapshot().items
        return fetch(url, init)
      },
    })
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    for (const connection of context.server.io.sockets.sockets.values()) connection.offAny()
    const failed = rejection(client.room(ROOM).send('private'))
    await eventually(() => {
      expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'sending' }])
    })
    await client.session.signOut()
    expect(await failed).toMatchObject({ code: 'session_ended', mayHaveRun: true })
    expect(statesAtRequest).toEqual([])
    expect(await logOf(context)).toEqual([])
  })

  it('by a user does not run as the next person where it was still on its way', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    const late: (() => void)[] = []
    for (const connection of context.server.io.sockets.sockets.values()) {
      const [dispatch] = connection.listenersAny() as ((...packet: unknown[]) => void)[]
      connection.offAny().onAny((...packet) => {
        if (String(packet[0]).startsWith('outbox:'))
          late.push(() => dispatch?.(...(packet as unknown[])))
        else dispatch?.(...(packet as unknown[]))
      })
    }
    const failed = rejection(client.room(ROOM).send('private'))
    await eventually(() => {
      expect(late).toHaveLength(1)
    })
    await client.session.signOut()
    for (const arrive of late) arrive()
    expect(await failed).toMatchObject({ code: 'session_ended', mayHaveRun: true })
    await client.ping()
    expect(await logOf(context)).toEqual([])
  })

  it('by one user is not delivered as the next one, who signs in directly', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    await client.room(ROOM).send('from Sara')
    await client.disconnect()
    const failed = rejection(client.room(ROOM).send('unsent'))
    await client.session.signIn(credentialsOf('omid'))
    expect(await failed).toMatchObject({ code: 'session_ended', mayHaveRun: false })
    await client.connect()
    await client.room(ROOM).send('from Omid')
    expect((await logOf(context)).map(({ data, from }) => [data, from])).toEqual([
      ['from Sara', 'user:user-sara'],
      ['from Omid', 'user:user-omid'],
    ])
  })

  it('by a user stays theirs when somebody else’s sign-in fails, and when they sign in again', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.session.signIn(credentialsOf('sara'))
    const sent = client.room(ROOM).send('unsent')
    const wrong = client.session.signIn(credentialsOf('omid', 'wrong'))
    expect(await rejection(wrong)).toMatchObject({ code: 'unauthorized' })
    await client.session.signIn(credentialsOf('sara'))
    await client.connect()
    await sent
    expect((await logOf(context)).map(({ from }) => from)).toEqual(['user:user-sara'])
  })
})

it('signs in where its connection leads to another process than its request', async () => {
  await using there = await startServer(signingIn)
  await using here = await startServer({ ...signingIn, databaseUrl: there.databaseUrl })
  const client = here.client({
    fetch: (url, init) => fetch((url as string).replace(here.url, there.url), init),
  })
  await client.connect()
  const sent: unknown[] = []
  const { socketId } = client.getSnapshot()
  here.server.io.on('connection', (connection) => sent.push(connection.id))
  await client.session.signIn(credentialsOf('sara'))
  expect(client.session.userId).toBe('user-sara')
  await eventually(async () => {
    expect(client.getSnapshot().socketId).not.toBe(socketId)
    expect((await client.getStatus()).connection.userId).toBe('user-sara')
  })
  expect(sent).toHaveLength(1)
})
