import { once } from 'node:events'
import type { Socket } from 'node:net'
import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { connectWithoutReading, readToEnd } from './support/bareWebSocket.js'
import { connected, refused, startServer, temporaryDirectory } from './support/server.js'
import { next, startLife } from './support/sessionLife.js'

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

  it.each([
    ['that fit in its kernel', 0],
    ['that do not', 5_000_000],
  ])('resets a peer that does not read within 100 ms, with bytes %s', async (_what, bytes) => {
    await using context = await startLife({ limits: { closeGraceMs: 60_000 } })
    const { io, app, sessions } = context.server
    const { token } = await context.acquire()
    const accepted = once(app.server, 'connection')
    const peer = await connectWithoutReading(context.url, token)
    const [tcp] = (await accepted) as [Socket]
    await vi.waitFor(() => {
      expect(io.sockets.sockets.size).toBe(1)
    })
    io.emit('connected', { message: 'x'.repeat(bytes), socketId: '', isLoggedIn: false })
    const closed = once(tcp, 'close')
    const session = await sessions.findByToken(token)
    await sessions.end(session?.id ?? '')
    const endedAt = performance.now()
    await closed
    expect(performance.now() - endedAt).toBeLessThan(1_000)
    expect(io.engine.clientsCount).toBe(0)
    expect(await readToEnd(peer)).toBeLessThan(500_000)
  })

  it('races 1,000 commands, of which none begins after it is committed', async () => {
    const contract = extendContract(coreContract, {
      commands: { note: command({ input: none, output: z.number() }) },
    })
    const beganAt: number[] = []
    await using context = await startServer({
      contract,
      commands: { note: () => beganAt.push(performance.now()) },
    }) // the helper's types know only the core contract
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
