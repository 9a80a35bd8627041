import { describe, expect, it } from 'vitest'
import { refused, startServer } from './support/server.js'
import { next, startLife } from './support/sessionLife.js'

describe('signing in and out', () => {
  it('keeps the connection that it names, which learns it at once', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const before = await context.call('GET', '', token)
    const client = await context.connect(token)
    const changed = next(client, 'session:changed')
    const { status, body } = await context.signIn(token, 'sara', client.id)
    expect(status).toBe(200)
    expect(body).toMatchObject({ userId: 'user-sara' })
    expect(await changed).toMatchObject({ userId: 'user-sara', isLoggedIn: true })
    expect(await client.timeout(1_000).emitWithAck('status')).toMatchObject({
      data: { connection: { userId: 'user-sara', isLoggedIn: true } },
    })
    expect((await context.call('GET', '', body.token)).body).toMatchObject({
      userId: 'user-sara',
      isLoggedIn: true,
      expiresAt: body.expiresAt,
    })
    expect(body.id).not.toBe(before.body.id)

    const signedOut = next(client, 'session:changed')
    const out = await context.call('POST', '/sign-out', body.token, { socketId: client.id })
    expect(out.body).toMatchObject({ userId: null })
    expect(await signedOut).toMatchObject({ userId: null, isLoggedIn: false })
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
    [{ username: 'x'.repeat(9_000) }, 400, 'invalid_input'],
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
