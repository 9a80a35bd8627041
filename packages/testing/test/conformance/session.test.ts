import { memoryStorage } from '@yektayar/client'
import { describe, expect, it } from 'vitest'
import { eventually, rejection } from '../support/stage.js'
import type { StageClient } from '../support/stage.js'
import { stages } from '../support/stages.js'

const DAY_MS = 24 * 60 * 60_000
const sara = { username: 'sara', password: 'right' }

async function tokenOf(client: StageClient): Promise<string> {
  return (await client.getStatus()).connection.sessionToken
}

describe.each(stages)('the session of $name', ({ start }) => {
  it('is acquired with the first connection, and lasts 30 days', async () => {
    await using stage = await start()
    const { session } = stage.client
    const states: string[] = []
    session.subscribe(({ state }) => states.push(state))
    expect(session).toMatchObject({ state: 'none', expiresAt: null, userId: null })
    await stage.client.connect()
    expect(states.slice(0, 3)).toEqual(['none', 'acquiring', 'active'])
    const remainingMs = Date.parse(session.expiresAt ?? '') - Date.now()
    expect(Math.round(remainingMs / DAY_MS)).toBe(30)
    expect(session.isLoggedIn).toBe(false)
  })

  it('is the same across connections, and in the storage that it is given', async () => {
    const storage = memoryStorage()
    await using stage = await start({ storage })
    await stage.client.connect()
    const token = await tokenOf(stage.client)
    await stage.client.disconnect()
    await stage.client.connect()
    expect(await tokenOf(stage.client)).toBe(token)
  })

  it('signs in on the connection that goes on, with another token', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const [socketId, token] = [client.socket?.id, await tokenOf(client)]
    await client.session.signIn(sara)
    expect(client.session).toMatchObject({ state: 'active', userId: 'user-sara', isLoggedIn: true })
    expect(client.socket?.id).toBe(socketId)
    expect((await client.getStatus()).connection).toMatchObject({ userId: 'user-sara' })
    expect((await client.getInfo()).session).toMatchObject({ userId: 'user-sara' })
    await client.disconnect()
    await client.connect()
    expect(await tokenOf(client)).not.toBe(token)
    expect(client.session.userId).toBe('user-sara')
  })

  it('has another id with another user, and the same one with the same user', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const idOf = async () =>
      (await client.getStatus()).connection.rooms.find((name) => name.startsWith('session:'))
    const ids = [await idOf()]
    for (const username of ['sara', 'sara', 'omid']) {
      await client.session.signIn({ username, password: 'right' })
      ids.push(await idOf())
    }
    await client.session.signOut()
    ids.push(await idOf())
    const [anonymous, sara, again, omid, next] = ids
    expect(again).toBe(sara)
    expect(new Set([anonymous, sara, omid, next]).size).toBe(4)
    expect(client.status).toBe('connected')
  })

  it.each([
    ['signs in', 'user-sara'],
    ['signs out', null],
  ])('is followed by another connection when somebody %s elsewhere', async (_what, userId) => {
    const storage = memoryStorage()
    await using stage = await start({ storage })
    const { client } = stage
    await client.connect()
    if (userId === null) await client.session.signIn(sara)
    const heard: unknown[] = []
    const statuses: string[] = []
    client.on('session:ended', (payload) => heard.push(payload))
    client.subscribe(({ status }) => {
      if (statuses.at(-1) !== status) statuses.push(status)
    })
    const changed = await stage.changeUserElsewhere(userId)
    expect(client.getSnapshot()).toMatchObject({ status: 'reconnecting', reason: 'session_ended' })
    const key = `yektayar:session:${stage.url}`
    await storage.set(key, JSON.stringify(changed))
    await client.whenStatus('connected', { timeoutMs: 2_000 })
    expect(heard).toEqual([{ code: 'changed' }])
    expect(statuses).toEqual(['connected', 'reconnecting', 'connected'])
    expect(client.session.userId).toBe(userId)
    expect((await client.getStatus()).connection.userId).toBe(userId)
  })

  it.each([
    ['ended', 'end'],
    ['signed out while the server cannot be reached', 'signOut'],
  ] as const)(
    'is another one, on a connection, when somebody signs in after it was %s',
    async (_, how) => {
      await using stage = await start()
      const { client } = stage
      await client.connect()
      if (how === 'signOut') await stage.goOffline()
      await client.session[how]().catch(() => undefined)
      expect(client.status).toBe('stopped')
      if (how === 'signOut') stage.goOnline()
      await client.session.signIn(sara)
      await client.whenStatus('connected', { timeoutMs: 5_000 })
      expect((await client.getStatus()).connection.userId).toBe('user-sara')
    },
  )

  it('stays without a connection when somebody signs in after disconnect()', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.disconnect()
    await client.session.signIn(sara)
    expect(client.status).toBe('idle')
  })

  it('is told of wrong credentials, and goes on', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const signingIn = client.session.signIn({ username: 'sara', password: 'wrong' })
    expect(await rejection(signingIn)).toMatchObject({
      code: 'unauthorized',
      message: '/api/session/sign-in: Wrong credentials'.replace(/^/, 'POST '),
      mayHaveRun: false,
    })
    expect(client.session).toMatchObject({ state: 'active', userId: null })
    expect(client.status).toBe('connected')
  })

  it('signs out on the connection that goes on', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.session.signIn(sara)
    await client.session.signOut()
    expect(client.session).toMatchObject({ state: 'active', userId: null, isLoggedIn: false })
    expect(client.status).toBe('connected')
    expect((await client.getStatus()).connection.userId).toBeNull()
  })

  it('is renewed over the connection', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const [socketId, token] = [client.socket?.id, await tokenOf(client)]
    const states: string[] = []
    client.session.subscribe(({ state }) => states.push(state))
    await client.session.renew()
    expect(states.slice(0, 3)).toEqual(['active', 'renewing', 'active'])
    expect(await tokenOf(client)).not.toBe(token)
    expect(client.socket?.id).toBe(socketId)
  })

  it('is listed, as the one that asks', async () => {
    await using stage = await start({ metadata: { device: 'phone' } })
    const { client } = stage
    await client.connect()
    expect(await client.session.list()).toMatchObject([
      { isCurrent: true, metadata: { device: 'phone' } },
    ])
    const other = '00000000-0000-4000-8000-000000000000'
    expect(await rejection(client.session.end(other))).toMatchObject({ code: 'not_found' })
  })

  it('is one of its user’s, who can end the others', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await stage.signInElsewhere('user-sara')
    expect(await client.session.list()).toHaveLength(1)
    await client.session.signIn(sara)
    const room = client.room('public:lobby')
    await room.join()
    const list = await client.session.list()
    expect(list.map(({ isCurrent }) => isCurrent).sort()).toEqual([false, true])
    await client.session.end(list.find(({ isCurrent }) => !isCurrent)?.id)
    expect(await client.session.list()).toMatchObject([{ isCurrent: true }])
    expect(client.status).toBe('connected')
    expect(room.members).toMatchObject([{ id: 'user:user-sara' }])
  })

  it('is ended by end(), and the client stops', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const token = await tokenOf(client)
    await client.session.end()
    expect(client.session.state).toBe('ended')
    expect(client.getSnapshot()).toMatchObject({ status: 'stopped', reason: 'session_ended' })
    await client.connect()
    expect(await tokenOf(client)).not.toBe(token)
  })

  it.each(['ended', 'expired'] as const)(
    'is replaced by another one when it has %s',
    async (code) => {
      await using stage = await start()
      const { client } = stage
      await client.connect()
      const token = await tokenOf(client)
      const heard: unknown[] = []
      client.on('session:ended', (payload) => heard.push(payload))
      const lost = new Promise<unknown>((resolve) => {
        client.subscribe(({ status, reason }) => {
          if (status === 'reconnecting') resolve(reason)
        })
      })
      await stage.endSession(code)
      expect(await lost).toBe('session_ended')
      await client.whenStatus('connected', { timeoutMs: 5_000 })
      expect(heard).toEqual([{ code }])
      expect(await tokenOf(client)).not.toBe(token)
    },
  )

  it('stops the client when it has ended and shall not be replaced', async () => {
    await using stage = await start({ replaceSession: false })
    const { client } = stage
    await client.connect()
    await stage.endSession('ended')
    expect(client.status).toBe('stopped')
    expect(client.session.state).toBe('ended')
  })

  it('follows a sign-in of the server’s for its connection, and gets a token again', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await stage.changeUser('user-sara')
    await eventually(() => {
      expect(client.session).toMatchObject({ state: 'active', userId: 'user-sara' })
    })
    await client.disconnect()
    await client.connect()
    expect(client.session.userId).toBe('user-sara')
  })

  it('is another one, of nobody, where the server has another store', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.session.signIn(sara)
    const token = await tokenOf(client)
    await stage.drop()
    await stage.replaceStore()
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(client.session).toMatchObject({ state: 'active', userId: null })
    expect(await tokenOf(client)).not.toBe(token)
    expect((await client.getStatus()).connection.userId).toBeNull()
  })

  it.each([
    ['signs in', async ({ session }: StageClient) => session.signIn(sara), 2],
    ['renews', async ({ session }: StageClient) => session.renew(), 2],
  ])('tells of a change so many times when it %s', async (_what, change, count) => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.getStatus()
    const changes: unknown[] = []
    client.session.subscribe((snapshot) => changes.push(snapshot))
    changes.length = 0
    await change(client)
    await client.ping()
    expect(changes).toHaveLength(count)
  })

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['false', false],
    ['an empty string', ''],
  ])('is not signed in where authenticate returns %s', async (_what, answer) => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    backend.answers = answer as null // invalid, as plain JavaScript may return it
    const failure = await rejection(client.session.signIn({ username: 'odd' }))
    expect(failure).toMatchObject({ code: 'unauthorized' })
    expect(client.session.userId).toBeNull()
  })

  it.each([
    ['a number', 5],
    ['a text that is too long', 'u'.repeat(124)],
    ['a text that no store keeps', 'a\0'],
  ])('is a mistake where authenticate returns %s', async (_what, answer) => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    backend.answers = answer as string // invalid, as plain JavaScript may return it
    const failure = await rejection(client.session.signIn({ username: 'odd' }))
    expect(failure).toMatchObject({ code: 'internal_error' })
    expect(client.session.userId).toBeNull()
  })

  it('is refused credentials that are none', async () => {
    await using stage = await start()
    await stage.client.connect()
    const signingIn = stage.client.session.signIn({ username: 5 as unknown as string })
    expect(await rejection(signingIn)).toMatchObject({
      code: 'invalid_input',
      message:
        'POST /api/session/sign-in: Invalid request at "username": expected string, received number',
      data: {
        issues: [{ path: 'username', message: 'Invalid input: expected string, received number' }],
      },
    })
  })
})
