import { once } from 'node:events'
import { createConnection } from 'node:net'
import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import type { AcquiredSession, ChangedSession, SessionSummary } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { CreateServerOptions } from '../src/index.js'
import { connected, refused, startServer, temporaryDirectory } from './support/server.js'
import type { PlainClient } from './support/server.js'

const users: Record<string, string> = { sara: 'correct horse', omid: 'battery staple' }
const options: CreateServerOptions = {
  authenticate: ({ username = '', password }) =>
    users[username] !== undefined && users[username] === password ? `user-${username}` : null,
  limits: { signInsPerAddressPerMinute: 1_000, signInsPerAccountPerMinute: 1_000 },
}

/** What any of the routes may answer; each test looks at the fields that it is about. */
type AnyBody = ChangedSession & { id: string }

async function startLife(more: CreateServerOptions = {}) {
  const context = await startServer({
    ...options,
    ...more,
    limits: { ...options.limits, ...more.limits },
  })
  /** Calls a route of the session with a token. */
  const call = async (method: string, path: string, token: string, body?: unknown) => {
    const response = await fetch(`${context.url}/api/session${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as AnyBody,
    }
  }
  return Object.assign(context, {
    call,
    signIn: (token: string, username = 'sara') =>
      call('POST', '/sign-in', token, { username, password: users[username] }),
    connect: (token: string) => connected(context.client({ auth: { token } })),
  })
}

/** Resolves with the payload of the next event of a name. */
function next(client: PlainClient, name: 'session:ended' | 'session:changed' | 'disconnect') {
  return new Promise((resolve) => client.once(name as 'session:ended', resolve))
}

describe('renewing', () => {
  it.each(['REST', 'a live connection'])(
    'over %s gives the same session a new token',
    async (way) => {
      await using context = await startLife()
      const { token } = await context.acquire()
      const before = await context.call('GET', '', token)
      let renewed: AcquiredSession
      if (way === 'REST') {
        renewed = (await context.call('POST', '/renew', token)).body
      } else {
        const client = await context.connect(token)
        renewed = await new Promise<AcquiredSession>((resolve, reject) => {
          client.emit('session:renew', (answer) => {
            if (answer.ok) resolve(answer.data)
            else reject(new Error(answer.error.message))
          })
        })
        expect(await client.timeout(1_000).emitWithAck('status')).toMatchObject({
          data: { connection: { sessionToken: renewed.token } },
        })
        expect(client.connected).toBe(true)
      }
      expect(renewed.token).not.toBe(token)
      const after = await context.call('GET', '', renewed.token)
      expect(after.body.id).toBe(before.body.id)
    },
  )

  it('lets the old token go on for 60 s, then not', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    await context.call('POST', '/renew', token)
    const start = Date.now()
    vi.useFakeTimers({ now: start + 59_000, toFake: ['Date'] })
    expect((await context.call('GET', '', token)).status).toBe(200)
    vi.setSystemTime(start + 61_000)
    const { status, body } = await context.call('GET', '', token)
    vi.useRealTimers()
    expect({ status, body }).toMatchObject({
      status: 401,
      body: { error: { code: 'token_invalid' } },
    })
  })

  it('moves the end of the session, also for its connections', async () => {
    await using context = await startLife({ sessionTtlDays: 2 / 86_400 })
    const { token } = await context.acquire()
    const client = await context.connect(token)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const renewed = await context.call('POST', '/renew', token)
    const renewedAt = Date.now()
    await next(client, 'disconnect')
    expect(Date.now() - renewedAt).toBeGreaterThan(1_800)
    expect((await context.call('GET', '', renewed.body.token)).status).toBe(401)
  })

  it('by two tabs at once leaves both with a token that works', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const tabs = await Promise.all([1, 2].map(() => context.call('POST', '/renew', token)))
    for (const { body } of tabs) {
      expect((await context.call('GET', '', body.token)).status).toBe(200)
    }
  })

  it('again and again never keeps more tokens than the limit', async () => {
    await using context = await startLife({ limits: { maxTokensPerSession: 3 } })
    const first = await context.acquire()
    const tokens = [first.token]
    for (let round = 0; round < 5; round++) {
      const { body } = await context.call('POST', '/renew', tokens.at(-1) ?? '')
      tokens.push(body.token)
    }
    const statuses = await Promise.all(
      tokens.map(async (token) => (await context.call('GET', '', token)).status),
    )
    expect(statuses).toEqual([401, 401, 401, 200, 200, 200])
  })
})

describe('signing in and out', () => {
  it('keeps the session and its connections, which learn it at once', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const before = await context.call('GET', '', token)
    const client = await context.connect(token)
    const changed = next(client, 'session:changed')
    const { status, body } = await context.signIn(token)
    expect(status).toBe(200)
    expect(body).toMatchObject({ userId: 'user-sara' })
    expect(await changed).toEqual({ userId: 'user-sara', isLoggedIn: true })
    expect(await client.timeout(1_000).emitWithAck('status')).toMatchObject({
      data: { connection: { userId: 'user-sara', isLoggedIn: true } },
    })
    expect((await context.call('GET', '', body.token)).body).toMatchObject({
      id: before.body.id,
      userId: 'user-sara',
      isLoggedIn: true,
    })

    const signedOut = next(client, 'session:changed')
    const out = await context.call('POST', '/sign-out', body.token)
    expect(out.body).toMatchObject({ userId: null })
    expect(await signedOut).toEqual({ userId: null, isLoggedIn: false })
    expect((await context.call('GET', '', body.token)).status).toBe(401)
    expect(client.connected).toBe(true)
  })

  it('leaves the token from before the sign-in dead (fixation)', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    await context.call('POST', '/renew', token)
    await context.signIn(token)
    expect((await context.call('GET', '', token)).status).toBe(401)
    const error = await refused(context.client({ auth: { token } }))
    expect(error.message).toBe('Invalid or expired session token')
  })

  it.each([
    [{ username: 'sara', password: 'wrong' }, 401, 'unauthorized'],
    [{ username: 'nobody', password: 'x' }, 401, 'unauthorized'],
    [{}, 401, 'unauthorized'],
    [{ username: ['sara'] }, 400, 'invalid_input'],
    [{ username: 'x'.repeat(2_000) }, 400, 'invalid_input'],
    [null, 400, 'invalid_input'],
    [[], 400, 'invalid_input'],
  ])('refuses %j and changes nothing', async (credentials, status, code) => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const answer = await context.call('POST', '/sign-in', token, credentials)
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    expect((await context.call('GET', '', token)).body).toMatchObject({ isLoggedIn: false })
  })

  it('is limited for each address and for each account', async () => {
    await using byAddress = await startLife({ limits: { signInsPerAddressPerMinute: 2 } })
    const { token } = await byAddress.acquire()
    const answers = [1, 2, 3].map(() =>
      byAddress.call('POST', '/sign-in', token, { username: 'a' }),
    )
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.sort()).toEqual([401, 401, 429])
    const refusedAnswer = await byAddress.call('POST', '/sign-in', token, { username: 'b' })
    expect(Number(refusedAnswer.headers.get('retry-after'))).toBeGreaterThan(20)
    expect(refusedAnswer.body).toMatchObject({ error: { code: 'rate_limited', retryable: true } })

    await using byAccount = await startLife({ limits: { signInsPerAccountPerMinute: 1 } })
    const session = await byAccount.acquire()
    expect(
      (await byAccount.call('POST', '/sign-in', session.token, { username: 'Sara ' })).status,
    ).toBe(401)
    expect((await byAccount.signIn(session.token)).status).toBe(429)
    expect((await byAccount.signIn(session.token, 'omid')).status).toBe(200)
  })

  it('does not exist where the app has no check for it', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const response = await fetch(`${context.url}/api/session/sign-in`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(response.status).toBe(404)
  })

  it('works from a backend', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const { body } = await context.call('GET', '', token)
    const changed = await context.server.sessions.signIn(body.id, 'user-omid')
    expect((await context.call('GET', '', changed.token)).body).toMatchObject({
      userId: 'user-omid',
    })
    await expect(context.server.sessions.signIn('nothing', 'user')).rejects.toMatchObject({
      code: 'token_invalid',
    })
  })
})

describe('ending', () => {
  it('closes every connection of the session within 100 ms and says why', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const clients = [await context.connect(token), await context.connect(token)]
    const ends = clients.map((client) => next(client, 'session:ended'))
    const closes = clients.map((client) => next(client, 'disconnect'))
    const startedAt = performance.now()
    expect((await context.call('DELETE', '', token)).status).toBe(204)
    expect(await Promise.all(ends)).toEqual([{ code: 'ended' }, { code: 'ended' }])
    await Promise.all(closes)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(clients.map(({ active }) => active)).toEqual([false, false])
    expect((await refused(context.client({ auth: { token } }))).message).toBe(
      'Invalid or expired session token',
    )
  })

  it('resets the connection of a peer that does not read', async () => {
    await using context = await startLife({ limits: { endGraceMs: 20 } })
    const { token } = await context.acquire()
    const peer = await connectWithoutReading(context.url, token)
    await vi.waitFor(() => {
      expect(context.server.io.sockets.sockets.size).toBe(1)
    })
    context.server.io.emit('connected', {
      message: 'x'.repeat(5_000_000),
      socketId: '',
      isLoggedIn: false,
    })
    await context.call('DELETE', '', token)
    await vi.waitFor(() => {
      expect(context.server.io.engine.clientsCount).toBe(0)
    })
    peer.resume()
    await new Promise((resolve) => peer.once('close', resolve))
  })

  it('races 1,000 commands, of which none begins after it is committed', async () => {
    const contract = extendContract(coreContract, {
      commands: { note: command({ input: none, output: z.number() }) },
    })
    const beganAt: number[] = []
    await using context = await startServer({
      contract,
      commands: { note: () => beganAt.push(performance.now()) },
    }) // the helper knows the core contract only
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token } }))
    const session = await context.server.sessions.findByToken(token)
    const ended = next(client, 'session:ended')
    const note = () => client.emit('note' as 'ping')
    for (let index = 0; index < 500; index++) note()
    await vi.waitFor(() => {
      expect(beganAt.length).toBeGreaterThan(0)
    })
    for (let index = 0; index < 500; index++) note()
    await context.server.sessions.end(session?.id ?? '')
    const committedAt = performance.now()
    expect(await ended).toEqual({ code: 'ended' })
    expect(beganAt.filter((time) => time > committedAt)).toEqual([])
    expect(beganAt.length).toBeLessThan(1_000)
  })

  it('of all sessions of a user can leave out one', async () => {
    await using context = await startLife()
    const tokens: string[] = []
    for (let index = 0; index < 3; index++) {
      const { token } = await context.acquire()
      tokens.push((await context.signIn(token)).body.token)
    }
    const { token: stranger } = await context.acquire()
    const mine = await context.call('GET', '', tokens[0] ?? '')
    const count = await context.server.sessions.endAllOfUser('user-sara', { except: mine.body.id })
    expect(count).toBe(2)
    const statuses = await Promise.all(
      [...tokens, stranger].map(async (token) => (await context.call('GET', '', token)).status),
    )
    expect(statuses).toEqual([200, 401, 401, 200])
    expect(await context.server.sessions.endAllOfUser('nobody')).toBe(0)
  })

  it('of all sessions of a user leaves none, also beyond what a listing shows', async () => {
    await using context = await startLife({ limits: { maxListedSessions: 2 } })
    const { sessions } = context.server
    const tokens: string[] = []
    for (let index = 0; index < 5; index++) {
      const { token } = await sessions.acquire()
      const session = await sessions.findByToken(token)
      tokens.push((await sessions.signIn(session?.id ?? '', 'user-omid')).token)
    }
    const list = await context.call('GET', '/all', tokens[0] ?? '')
    expect(list.body).toHaveLength(2)
    expect(await sessions.endAllOfUser('user-omid')).toBe(5)
    for (const token of tokens) expect(await sessions.findByToken(token)).toBeUndefined()
  })

  it('comes by itself within a second of the expiry', async () => {
    await using context = await startLife({ sessionTtlDays: 2 / 86_400 })
    const { token, expiresAt } = await context.acquire()
    const client = await context.connect(token)
    expect(await next(client, 'session:ended')).toEqual({ code: 'expired' })
    expect(Math.abs(Date.now() - Date.parse(expiresAt))).toBeLessThan(1_000)
  })

  it('comes after idle days, but not while there is a connection', async () => {
    await using directory = await temporaryDirectory()
    await using context = await startLife({
      sessionIdleDays: 2 / 86_400,
      databaseUrl: directory.databaseUrl,
    })
    const idle = await context.acquire()
    const busy = await context.acquire()
    const client = await context.connect(busy.token)
    await new Promise((resolve) => setTimeout(resolve, 3_200))
    expect((await context.call('GET', '', idle.token)).status).toBe(401)
    expect((await context.call('GET', '', busy.token)).status).toBe(200)
    expect(client.connected).toBe(true)
  })
})

describe('connections', () => {
  it('beyond the limit of a session replace the oldest one, which learns it', async () => {
    await using context = await startLife({ limits: { connectionsPerSession: 2 } })
    const { token } = await context.acquire()
    const first = await context.connect(token)
    const second = await context.connect(token)
    const replaced = next(first, 'session:ended')
    const third = await context.connect(token)
    expect(await replaced).toEqual({ code: 'replaced' })
    expect([second.connected, third.connected]).toEqual([true, true])
    expect((await context.call('GET', '', token)).status).toBe(200)
  })

  it('that are not admitted in time are closed', async () => {
    await using context = await startLife({ limits: { admissionTimeoutMs: 50, closeGraceMs: 50 } })
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port))
    await new Promise((resolve) => peer.once('close', resolve))
    expect(context.server.io.engine.clientsCount).toBe(0)
  })

  it('that try to be admitted again and again are closed, with few token look-ups', async () => {
    await using context = await startLife({ limits: { closeGraceMs: 50 } })
    const lookUps = vi.spyOn(context.server.sessions, 'findByToken')
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port))
    peer.resume()
    for (let count = 0; count < 5_000; count++) {
      peer.write(textFrame(`40${JSON.stringify({ token: 'x'.repeat(43) })}`))
    }
    await new Promise((resolve) => peer.once('close', resolve))
    expect(lookUps.mock.calls.length).toBeLessThanOrEqual(4)
  })

  it('that bring their headers a byte at a time are answered 408', async () => {
    await using context = await startLife({ limits: { headersTimeoutMs: 100 } })
    const { hostname, port } = new URL(context.url)
    const peer = createConnection({ host: hostname, port: Number(port) })
    peer.write('GET /health HTTP/1.1\r\n')
    const [answer] = (await once(peer, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 408 /)
  })
})

describe('listing', () => {
  it('shows the sessions of the same user, and lets any of them be ended', async () => {
    await using context = await startLife()
    const phone = await context.acquire()
    const laptop = await context.acquire()
    const first = (await context.signIn(phone.token)).body
    const second = (await context.signIn(laptop.token)).body
    const list = await context.call('GET', '/all', second.token)
    const body = list.body as unknown as SessionSummary[]
    expect(body).toHaveLength(2)
    expect(body.filter(({ isCurrent }) => isCurrent)).toHaveLength(1)
    expect(JSON.stringify(body)).not.toContain(first.token)

    const other = body.find(({ isCurrent }) => !isCurrent)?.id ?? ''
    const stranger = await context.acquire()
    expect((await context.call('DELETE', `/${other}`, stranger.token)).status).toBe(404)
    expect((await context.call('GET', '', first.token)).status).toBe(200)
    expect((await context.call('DELETE', `/${other}`, second.token)).status).toBe(204)
    expect((await context.call('GET', '', first.token)).status).toBe(401)
  })

  it('shows an anonymous session itself alone', async () => {
    await using context = await startLife()
    await context.acquire()
    const { token } = await context.acquire()
    const { body } = await context.call('GET', '/all', token)
    expect(body).toMatchObject([{ isCurrent: true }])
  })
})

/** A websocket client on a bare TCP socket, which never reads after its handshake. */
async function connectWithoutReading(url: string, token: string) {
  const { hostname, port } = new URL(url)
  const peer = await openWebSocket(hostname, Number(port))
  peer.write(textFrame(`40${JSON.stringify({ token })}`))
  peer.pause()
  return peer
}

/** A bare TCP socket after the handshake of a WebSocket. */
async function openWebSocket(hostname: string, port: number) {
  const peer = createConnection({ host: hostname, port })
  peer.on('error', () => undefined) // a reset is what is expected
  peer.write(
    [
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1`,
      `Host: ${hostname}:${String(port)}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  )
  await new Promise((resolve) => peer.once('data', resolve))
  return peer
}

/** A masked text frame; the mask is zero, so the text stays as it is. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
