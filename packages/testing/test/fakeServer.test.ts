import { describe, expect, it } from 'vitest'
import { createFakeServer } from '../src/fake.js'
import { noteContract } from './support/noteContract.js'

const ROOM = 'public:lobby'

/** The ids of the members of a room. */
function idsIn({ members }: { readonly members: readonly { readonly id: string }[] }): string[] {
  return members.map(({ id }) => id)
}

/** A server with two people in one room. */
async function twoInARoom() {
  const server = createFakeServer(noteContract, {
    authenticate: ({ username }) => username ?? null,
  })
  const [sara, omid] = [server.client(), server.client()]
  for (const [name, client] of Object.entries({ sara, omid })) {
    await client.connect()
    await client.session.signIn({ username: name })
  }
  const room = sara.room(ROOM)
  await room.join()
  await omid.room(ROOM).join()
  return {
    server,
    sara,
    omid,
    async leave() {
      await room.leave()
      await server.settle()
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

describe('several clients of one fake server', () => {
  it('get each other’s messages', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    await sara.room(ROOM).send('hello')
    await omid.room(ROOM).send('hi')
    await server.settle()
    const expected = [
      { from: 'user:sara', data: 'hello', state: 'delivered' },
      { from: 'user:omid', data: 'hi', state: 'delivered' },
    ]
    expect(sara.room(ROOM).messages).toMatchObject(expected)
    expect(omid.room(ROOM).messages).toMatchObject(expected)
    expect(server.messages(ROOM)).toMatchObject([{ data: 'hello' }, { data: 'hi' }])
  })

  it('see each other come and go', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    expect(idsIn(omid.room(ROOM))).toEqual(['user:sara', 'user:omid'])
    expect(idsIn(sara.room(ROOM))).toEqual(['user:sara', 'user:omid'])
    await stage.leave()
    expect(idsIn(omid.room(ROOM))).toEqual(['user:omid'])
    await sara.room(ROOM).join()
    await server.settle()
    expect(idsIn(omid.room(ROOM))).toContain('user:sara')
    await sara.disconnect()
    await server.settle()
    expect(idsIn(omid.room(ROOM))).toEqual(['user:omid'])
  })

  it('see that somebody has closed their client, but not that a network has failed', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    await sara.drop()
    expect(idsIn(omid.room(ROOM))).toContain('user:sara')
    await sara.close()
    await server.settle()
    expect(idsIn(omid.room(ROOM))).toEqual(['user:omid'])
  })

  it('see the other one type, and not themselves', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    sara.room(ROOM).typing(true)
    await server.settle()
    expect(omid.room(ROOM).typists).toEqual(['user:sara'])
    expect(sara.room(ROOM).typists).toEqual([])
  })

  it('have networks of their own: what one misses is there when it is back', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    await sara.drop()
    await omid.room(ROOM).send('are you there?')
    expect(omid.status).toBe('connected')
    expect(sara.room(ROOM).messages).toEqual([])
    const sent = sara.room(ROOM).send('later')
    sara.restore()
    await sent
    await server.settle()
    for (const client of [sara, omid]) {
      expect(client.room(ROOM).messages.map(({ data }) => data)).toEqual([
        'are you there?',
        'later',
      ])
    }
  })

  it('are on devices of their own: what one misses offline, the others have', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    await sara.goOffline()
    await omid.drop()
    expect([sara.status, omid.status]).toEqual(['offline', 'reconnecting'])
    omid.restore()
    await omid.whenStatus('connected')
    expect(await omid.session.list()).toHaveLength(1)
    const listing = sara.session.list()
    const sent = sara.room(ROOM).send('later')
    await omid.room(ROOM).send('are you there?')
    await server.settle()
    expect(sara.room(ROOM).messages).toMatchObject([{ data: 'later', state: 'sending' }])

    await omid.goOffline()
    expect(omid.status).toBe('offline')
    sara.goOnline()
    await sent
    expect(await listing).toHaveLength(1)
    expect([sara.status, omid.status]).toEqual(['connected', 'offline'])
    await server.settle()
    expect(sara.room(ROOM).messages.map(({ data }) => data)).toEqual(['are you there?', 'later'])
    await sara.drop()
    expect(sara.status).toBe('reconnecting')
  })

  it('share the handlers, the calls and the failures of the server', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    server.handle('note:add', ({ input, session }) => ({
      id: 1,
      text: `${String(session.userId)}: ${input.text}`,
    }))
    expect(await sara.call('note:add', { text: 'tea' })).toEqual({ id: 1, text: 'sara: tea' })
    server.fail('note:add', 'conflict')
    await expect(omid.call('note:add', { text: 'milk' })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(server.calls('note:add').map(({ session }) => session.userId)).toEqual(['sara', 'omid'])
    expect(sara.calls('note:add')).toHaveLength(2)
  })

  it('hear an event of the server, or one of them alone does', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    const heard: string[] = []
    sara.on('note:added', ({ text }) => heard.push(`sara ${text}`))
    omid.on('note:added', ({ text }) => heard.push(`omid ${text}`))
    await server.emit('note:added', { id: 1, text: 'to all' })
    await omid.emit('note:added', { id: 2, text: 'to one' })
    expect(heard).toEqual(['sara to all', 'omid to all', 'omid to one'])
    await expect(server.emit('note:added', {} as never)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('count as one member where they are of one user, until the last has left', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    const phone = server.client()
    await phone.connect({ token: server.issueToken('sara') })
    const room = phone.room(ROOM)
    await room.join()
    expect(idsIn(omid.room(ROOM))).toEqual(['user:sara', 'user:omid'])
    await sara.close()
    await server.settle()
    expect(idsIn(omid.room(ROOM))).toContain('user:sara')
    await room.leave()
    await server.settle()
    expect(idsIn(omid.room(ROOM))).toEqual(['user:omid'])
  })

  it('end with the session that they share, and no other does', async () => {
    await using stage = await twoInARoom()
    const { server, sara, omid } = stage
    const token = server.issueToken('lena')
    const [first, second] = [server.client({ token }), server.client({ token })]
    for (const client of [first, second]) {
      await client.connect()
      await client.room(ROOM).join()
    }
    expect(idsIn(omid.room(ROOM))).toEqual(['user:sara', 'user:omid', 'user:lena'])
    expect((await omid.getInfo()).websocket.activeConnections).toBe(4)
    await first.endSession()
    expect(second.getSnapshot()).toMatchObject({
      status: 'stopped',
      error: { code: 'session_ended' },
    })
    expect([sara.status, omid.status]).toEqual(['connected', 'connected'])
    expect(idsIn(omid.room(ROOM))).toEqual(['user:sara', 'user:omid'])
  })

  it('close together', async () => {
    const stage = await twoInARoom()
    await stage.server.close()
    expect([stage.sara.status, stage.omid.status]).toEqual(['idle', 'idle'])
  })
})

describe('a user without a client', () => {
  it('sends, types, joins and leaves', async () => {
    await using stage = await twoInARoom()
    const { sara } = stage
    const lena = stage.server.user('lena')
    const room = sara.room(ROOM)
    await lena.join(ROOM)
    expect(idsIn(room)).toContain('user:lena')
    await lena.typing(ROOM)
    expect(room.typists).toEqual(['user:lena'])
    await lena.typing(ROOM, false)
    expect(room.typists).toEqual([])
    const message = await lena.send(ROOM, { text: 'hi' })
    expect(room.messages).toMatchObject([{ from: 'user:lena', data: { text: 'hi' } }])
    expect(message).toMatchObject({ room: ROOM, seq: 1, from: lena.member })
    await lena.leave(ROOM)
    expect(idsIn(room)).not.toContain('user:lena')
  })

  it('may do what the server lets them, as everybody', async () => {
    await using server = createFakeServer(undefined, {
      authorize: ({ userId }, action) => userId === 'lena' && action === 'join',
    })
    const lena = server.user('lena')
    await lena.join('public:staff')
    await expect(lena.send('public:staff', 'hi')).rejects.toMatchObject({ code: 'room_forbidden' })
    await expect(lena.typing('public:staff')).rejects.toMatchObject({ code: 'room_forbidden' })
    await expect(server.user('omid').join('public:staff')).rejects.toMatchObject({
      code: 'room_forbidden',
    })
    expect(server.messages('public:staff')).toEqual([])
  })

  it('is there for a fake client of its own, too', async () => {
    await using server = createFakeServer()
    const client = server.client()
    await client.connect()
    const room = client.room(ROOM)
    await room.join()
    await client.user('sara').send(ROOM, 'hi')
    expect(room.messages).toMatchObject([{ from: 'user:sara', data: 'hi' }])
    await expect(client.user('sara').send(ROOM, (() => 1) as never)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

describe('createFakeServer()', () => {
  // As plain JavaScript can call it.
  const create = createFakeServer as unknown as (contract?: unknown, options?: object) => unknown

  it.each([
    { first: { commands: { echo: () => null } } },
    { first: {} },
    { first: null },
    { first: 'core' },
  ])('says that its first argument is no contract: %j', ({ first }) => {
    expect(() => create(first)).toThrow(
      expect.objectContaining({
        ...{ code: 'invalid_options', message: 'The first argument is not a contract' },
        hint: expect.stringContaining('or undefined for the core contract') as string,
      }),
    )
  })

  it('says which options there are', () => {
    expect(() => create(undefined, { handlers: {} })).toThrow(
      expect.objectContaining({
        ...{ code: 'invalid_options', message: 'There is no option "handlers"' },
        hint: 'A server has the options commands, authenticate, authorize, product',
      }),
    )
    expect(() => create(undefined, { autenticate: () => null })).toThrow(
      expect.objectContaining({
        message: 'There is no option "autenticate". Did you mean "authenticate"?',
      }),
    )
    expect(() => create(undefined, { autenticate: undefined })).not.toThrow()
  })
})
