import { describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import { rejection, startServer } from './support/server.js'
import { credentialsOf, signingIn } from './support/signingIn.js'
import { storedToken } from './support/storedToken.js'

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
    let before: string | null = null
    client.session.subscribe(({ userId }) => {
      if (userId !== before) lists.push(client.session.list())
      before = userId
    })
    await client.session.signIn(credentialsOf('sara'))
    const [own] = await client.session.list()
    const { id: socketId } = client.socket ?? {}
    await context.server.sessions.signIn(own?.id ?? '', 'user-omid', { socketId })
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
    expect(client.getSnapshot()).toMatchObject({
      status: 'stopped',
      reason: 'session_ended',
      error: { message: 'The session has ended: ended by end()' },
    })
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
    expect(client.getSnapshot().reason).toBe('session_ended')
    expect(client.session.state).toBe('ended')
  })
})
