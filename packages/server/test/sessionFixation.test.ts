import type { AcquiredSession, Answer } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import type { PlainClient } from './support/server.js'
import { next, startLife } from './support/sessionLife.js'

type Life = Awaited<ReturnType<typeof startLife>>

/** Two connections with one token: the user's own, and one that an attacker has opened. */
async function startFixation(more: Parameters<typeof startLife>[0] = {}) {
  const context = await startLife(more)
  const { token } = await context.acquire()
  const attacker = await context.connect(token)
  const victim = await context.connect(token)
  const heard: unknown[] = []
  attacker.onAny((name: string, payload: unknown) => {
    if (name !== 'session:ended') heard.push([name, payload])
  })
  return { context, token, attacker, victim, heard }
}

/** The answer to `session:renew`, or `undefined` if the connection is closed. */
async function renewal(client: PlainClient): Promise<AcquiredSession | undefined> {
  const asked = client.timeout(500).emitWithAck('session:renew') as Promise<Answer<AcquiredSession>>
  const answer = await asked.catch(() => undefined)
  return answer?.ok ? answer.data : undefined
}

async function changeUser(
  { call, signIn }: Life,
  token: string,
  how: 'sign-in' | 'sign-out',
  socketId?: string,
) {
  if (how === 'sign-in') return signIn(token, 'sara', socketId)
  return call('POST', '/sign-out', token, { socketId })
}

describe('a connection that was opened with the token before somebody else signed in', () => {
  it.each([
    ['when the sign-in names its own connection', true],
    ['when the sign-in names none', false],
  ])('is closed at once and becomes nobody’s, %s', async (_what, isNamed) => {
    const { context, token, attacker, victim, heard } = await startFixation()
    await using _context = context
    const ended = next(attacker, 'session:ended')
    const closed = next(attacker, 'disconnect')
    const startedAt = performance.now()
    const { status, body } = await changeUser(
      context,
      token,
      'sign-in',
      isNamed ? victim.id : undefined,
    )
    expect(status).toBe(200)
    expect(await ended).toEqual({ code: 'changed' })
    await closed
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(attacker.active).toBe(false)
    expect(victim.connected).toBe(isNamed)

    await context.server.toUser('user-sara').publish('for Sara')
    expect(heard).toEqual([])
    expect((await context.call('GET', '', body.token)).body).toMatchObject({ userId: 'user-sara' })
    expect((await context.call('GET', '', token)).status).toBe(401)
  })

  it('gets no token of the new session, however its renewal races with the sign-in', async () => {
    for (let round = 0; round < 5; round++) {
      const { context, token, attacker, victim } = await startFixation()
      await using _context = context
      const signingIn = context.signIn(token, 'sara', victim.id)
      const renewals = [renewal(attacker), renewal(attacker)]
      const { body } = await signingIn
      renewals.push(renewal(attacker))
      for (const renewed of await Promise.all(renewals)) {
        if (renewed) expect((await context.call('GET', '', renewed.token)).status).toBe(401)
      }
      expect((await context.call('GET', '', body.token)).status).toBe(200)
    }
  })

  it('commits nothing that it had begun', async () => {
    const { context, token, attacker, victim } = await startFixation()
    await using _context = context
    for (let index = 0; index < 50; index++) {
      attacker.emit('room:send', { room: 'public:lobby', data: index })
    }
    const { body } = await context.signIn(token, 'sara', victim.id)
    const answer: unknown = await victim.emitWithAck('room:history', { room: 'public:lobby' })
    expect(answer).toMatchObject({ ok: true })
    expect(JSON.stringify(answer)).not.toContain('user:user-sara')
    expect(body.userId).toBe('user-sara')
  })
})

describe.each(['sign-in', 'sign-out'] as const)('a %s', (how) => {
  /** A session ready for the change: anonymous before a sign-in, signed in before a sign-out. */
  async function start() {
    const context = await startLife()
    const { token } = await context.acquire()
    const ready = how === 'sign-in' ? token : (await context.signIn(token)).body.token
    const client = await context.connect(ready)
    const { body } = await context.call('GET', '', ready)
    return { context, token: ready, client, id: body.id }
  }

  it('moves the connection that it names to a new session and sends it session:changed', async () => {
    const { context, token, client, id } = await start()
    await using _context = context
    const changed = next(client, 'session:changed')
    const userId = how === 'sign-in' ? 'user-sara' : null
    const { body } = await changeUser(context, token, how, client.id)
    expect(await changed).toMatchObject({ userId, isLoggedIn: userId !== null })
    const after = await context.call('GET', '', body.token)
    expect(after.body).toMatchObject({ userId })
    expect(after.body.id).not.toBe(id)
    expect(body.id).toBe(after.body.id)
    expect(client.connected).toBe(true)
    const status: unknown = await client.emitWithAck('status')
    expect(status).toMatchObject({ data: { connection: { userId } } })
    expect(JSON.stringify(status)).toContain(`session:${after.body.id}`)
    expect(JSON.stringify(status)).not.toContain(`session:${id}`)
    const renewed = await renewal(client)
    expect((await context.call('GET', '', renewed?.token ?? '')).body.id).toBe(after.body.id)
  })

  it('closes all connections of the session where it names none', async () => {
    const { context, token, client } = await start()
    await using _context = context
    const other = await context.connect(token)
    const ends = [client, other].map((each) => next(each, 'session:ended'))
    const { status } = await changeUser(context, token, how)
    expect(status).toBe(200)
    expect(await Promise.all(ends)).toEqual([{ code: 'changed' }, { code: 'changed' }])
  })

  it('is refused where it names a connection that is not one of the session', async () => {
    const { context, token, client } = await start()
    await using _context = context
    const stranger = await context.connect((await context.acquire()).token)
    for (const socketId of [stranger.id, 'nothing', '']) {
      const { status, body } = await changeUser(context, token, how, socketId)
      expect({ status, body }).toMatchObject({
        status: 409,
        body: { error: { code: 'conflict', retryable: false } },
      })
    }
    const tooLong = await changeUser(context, token, how, 'x'.repeat(65))
    expect(tooLong).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } })
    expect((await context.call('GET', '', token)).status).toBe(200)
    expect([client.connected, stranger.connected]).toEqual([true, true])
  })
})

describe('signing in', () => {
  it('shows the app’s check no socketId, and asks it only where that is one of the session', async () => {
    const asked: unknown[] = []
    await using context = await startLife({
      authenticate: (credentials) => {
        asked.push(credentials)
        return 'user-sara'
      },
      accountOf: (credentials) => {
        asked.push(credentials)
        return ''
      },
    })
    const { token } = await context.acquire()
    const client = await context.connect(token)
    await context.call('POST', '/sign-in', token, { username: 'sara', socketId: 'nothing' })
    expect(asked).toEqual([])
    await context.call('POST', '/sign-in', token, { username: 'sara', socketId: client.id })
    expect(asked).toEqual([{ username: 'sara' }, { username: 'sara' }])
  })

  it('again as the same user keeps the session’s id, and closes its other connections', async () => {
    await using context = await startLife()
    const first = (await context.signIn((await context.acquire()).token)).body
    const named = await context.connect(first.token)
    const other = await context.connect(first.token)
    const ended = next(other, 'session:ended')
    const { body } = await context.signIn(first.token, 'sara', named.id)
    expect(await ended).toEqual({ code: 'changed' })
    expect(body.id).toBe(first.id)
    expect(named.connected).toBe(true)
    expect((await context.call('GET', '', first.token)).status).toBe(401)
  })

  it('as another user begins another session', async () => {
    await using context = await startLife()
    const sara = (await context.signIn((await context.acquire()).token)).body
    const client = await context.connect(sara.token)
    const other = await context.connect(sara.token)
    const ended = next(other, 'session:ended')
    const changed = next(client, 'session:changed')
    const omid = (await context.signIn(sara.token, 'omid', client.id)).body
    expect(await ended).toEqual({ code: 'changed' })
    expect(await changed).toMatchObject({ userId: 'user-omid', isLoggedIn: true })
    expect(omid.id).not.toBe(sara.id)
    expect((await context.call('GET', '', sara.token)).status).toBe(401)
  })

  it('from a backend keeps the connection that it names, and the metadata', async () => {
    await using context = await startLife()
    const { token } = await context.server.sessions.acquire({ device: 'phone' })
    const client = await context.connect(token)
    const other = await context.connect(token)
    const { body } = await context.call('GET', '', token)
    const ended = next(other, 'session:ended')
    const changed = await context.server.sessions.signIn(body.id, 'user-omid', {
      socketId: client.id,
    })
    expect(await ended).toEqual({ code: 'changed' })
    expect(client.connected).toBe(true)
    expect(await context.server.sessions.find(changed.id)).toMatchObject({
      userId: 'user-omid',
      metadata: { device: 'phone' },
    })
    expect(await context.server.sessions.find(body.id)).toBeUndefined()
  })
})
