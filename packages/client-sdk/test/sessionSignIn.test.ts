import { describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import { reconnect } from './support/reconnect.js'
import { rejection, startServer } from './support/server.js'
import { credentialsOf, signingIn } from './support/signingIn.js'
import { storedToken } from './support/storedToken.js'

describe('signing in and out', () => {
  it('changes the user on the same connection, and the token with it', async () => {
    await using context = await startServer(signingIn)
    const storage = memoryStorage()
    const client = context.client({ storage })
    await client.connect()
    const { socketId } = client.getSnapshot()
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
    expect(changes).toMatchObject([
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

  it('by the server itself, for its connection, gives the client a new token for its dead one', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const fetchSpy = vi.fn(fetch)
    const client = context.client({ storage, fetch: fetchSpy })
    await client.connect()
    const session = await context.server.sessions.findByToken(
      await storedToken(storage, context.url),
    )
    const { id } = await context.server.sessions.signIn(session?.id ?? '', 'user-sara', {
      socketId: client.socket?.id,
    })
    await vi.waitFor(async () => {
      const token = await storedToken(storage, context.url)
      expect(await context.server.sessions.findByToken(token)).toMatchObject({ id })
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

  it('in says what the server may lack where it has no sign-in', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const refused = await rejection(client.session.signIn(credentialsOf('sara')))
    expect(refused).toMatchObject({ hint: 'Has the server the option "authenticate"?' })
    expect(client.status).toBe('connected')
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
    expect(client.getSnapshot()).toMatchObject({
      status: 'stopped',
      reason: 'session_ended',
      error: { message: 'The session has ended: signed out, but the server was not told' },
    })
    expect(await storedToken(storage, context.url)).toBeUndefined()
  })

  it('is rejected with invalid_options, as is renewing, if the app supplies the token', async () => {
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
