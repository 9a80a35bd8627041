import { readFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { queryPostgres } from './support/queryPostgres.js'
import { connected, refused, startServer, temporaryDirectory } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'

const DAY_MS = 24 * 60 * 60_000

async function show(url: string, token: string) {
  const response = await fetch(`${url}/api/session`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Sets the date of this process. Timers stay real. */
function clockAt(time: number) {
  vi.useFakeTimers({ now: time, toFake: ['Date'] })
  return { [Symbol.dispose]: () => vi.useRealTimers() }
}

/** Expects a time that the server has noted, while the clock of a database goes on. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThan(10_000)
}

/** All rows of a PostgreSQL database as text, each with the name of its table. */
async function rowsOf(databaseUrl: string): Promise<string> {
  const all = `select query_to_xml(format('select * from yektayar.%I', tablename), true, true, '')::text
    || tablename as text from pg_tables where schemaname = 'yektayar'`
  return JSON.stringify(await queryPostgres(databaseUrl, all))
}

describe('POST /api/session/acquire', () => {
  it('answers with a 32-byte token that lives 30 days', async () => {
    await using context = await startServer()
    using _clock = clockAt(Date.UTC(2026, 0, 1))
    const session = await context.acquire()
    expect(session.token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expectNear(Date.parse(session.expiresAt), Date.UTC(2026, 0, 31))
    expect(Object.keys(session)).toEqual(['token', 'expiresAt'])
  })

  it('gives one that nobody uses its whole 30 days', async () => {
    await using context = await startServer()
    let token: string
    {
      using _clock = clockAt(Date.UTC(2026, 0, 1))
      ;({ token } = await context.acquire())
    }
    {
      using _clock = clockAt(Date.UTC(2026, 0, 30, 23))
      expect((await show(context.url, token)).status).toBe(200)
    }
    using _clock = clockAt(Date.UTC(2026, 0, 31, 1))
    expect((await show(context.url, token)).status).toBe(401)
  })

  it('is never cached', async () => {
    await using context = await startServer()
    const response = await fetch(`${context.url}/api/session/acquire`, { method: 'POST' })
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('takes a body with JSON, an empty body, and no body', async () => {
    await using context = await startServer()
    const url = `${context.url}/api/session/acquire`
    const headers = { 'content-type': 'application/json' }
    for (const init of [{}, { headers }, { headers, body: '{}' }, { headers, body: 'null' }]) {
      expect((await fetch(url, { method: 'POST', ...init })).status).toBe(200)
    }
  })
})

describe('a session', () => {
  it('is shown to its owner without its token', async () => {
    await using context = await startServer()
    const response = await fetch(`${context.url}/api/session/acquire`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { source: 'my-app', tabs: 2, beta: true, referrer: null } }),
    })
    const { token, expiresAt } = (await response.json()) as { token: string; expiresAt: string }

    const { body } = await show(context.url, token)
    const time = expect.stringMatching(/^\d{4}-/) as string
    expect(body).toStrictEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      userId: null,
      isLoggedIn: false,
      metadata: { source: 'my-app', tabs: 2, beta: true, referrer: null },
      createdAt: time,
      expiresAt,
      lastActivityAt: time,
    })
  })

  it('survives a restart of the server', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const { token } = await (async () => {
      await using first = await startServer({ databaseUrl })
      return await first.acquire()
    })()

    await using second = await startServer({ databaseUrl })
    expect((await show(second.url, token)).status).toBe(200)
    await connected(second.client({ auth: { token } }))
  })

  it('is stored by the hash of its token only', async () => {
    await using directory = await temporaryDirectory()
    await using context = await startServer({ databaseUrl: directory.databaseUrl })
    const { token } = await context.acquire()
    await connected(context.client({ auth: { token } }))
    const bytes = isOnPostgres
      ? await rowsOf(directory.databaseUrl)
      : Buffer.concat(
          await Promise.all(['', '-wal'].map((end) => readFile(directory.databasePath + end))),
        )
    expect(bytes.includes('session_tokens')).toBe(true)
    expect(bytes.includes(token)).toBe(false)
  })

  it('is worth nothing after its expiry, over REST and over Socket.IO', async () => {
    await using context = await startServer({ sessionTtlDays: 2 })
    const { token } = await context.acquire()
    using _clock = clockAt(Date.now() + 2 * DAY_MS)
    const { status, body } = await show(context.url, token)
    expect({ status, body }).toMatchObject({
      status: 401,
      body: { error: { code: 'token_invalid' } },
    })
    const error = await refused(context.client({ auth: { token } }))
    expect(error.data).toMatchObject({ code: 'token_invalid' })
  })

  it('says whether there was one to end', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const { id } = (await sessions.findByToken((await context.acquire()).token)) ?? { id: '' }
    expect(await sessions.end(id)).toBe(true)
    expect(await sessions.end(id)).toBe(false)
    expect(await sessions.end('nobody')).toBe(false)
  })

  it('is swept once it has expired', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using context = await startServer({ databaseUrl, sessionTtlDays: 0.5 })
    await context.acquire()
    expect(await context.server.sessions.sweep()).toBe(0)
    using _clock = clockAt(Date.now() + DAY_MS / 2)
    await context.acquire()
    expect(await context.server.sessions.sweep()).toBe(1)
    expect(await context.server.sessions.sweep()).toBe(0)
  })

  it('notes its last activity at most once a minute', async () => {
    await using context = await startServer()
    const start = Date.now()
    const { token } = await context.acquire()
    const lastActivityAt = async () =>
      Date.parse(String((await show(context.url, token)).body.lastActivityAt))

    using _clock = clockAt(start + 50_000)
    expect(await lastActivityAt()).toBeLessThan(start + 50_000)
    vi.setSystemTime(start + 70_000)
    await vi.waitFor(
      async () => {
        expectNear(await lastActivityAt(), start + 70_000)
      },
      { timeout: 5_000 },
    )
  })

  it('counts a command on a long connection as activity', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token } }))
    const lastActivityAt = async () =>
      (await context.server.sessions.findByToken(token))?.lastActivityAt ?? 0
    const before = await lastActivityAt()
    const [connection] = context.server.io.sockets.sockets.values()
    if (connection) connection.data.lastActivityAt = 0 // long ago

    await client.emitWithAck('ping')
    expect(await lastActivityAt()).toBeGreaterThan(before)
    expect(connection?.data.lastActivityAt).toBe(await lastActivityAt())
  })

  it('counts a new connection as activity', async () => {
    await using context = await startServer()
    const start = Date.now()
    const { token } = await context.acquire()

    using _clock = clockAt(start + 10 * 60_000)
    await vi.waitFor(
      async () => {
        await connected(context.client({ auth: { token } })) // a database tells its time once a second
        const session = await context.server.sessions.findByToken(token)
        expectNear(session?.lastActivityAt ?? 0, start + 10 * 60_000)
      },
      { timeout: 5_000 },
    )
  })
})
