import { describe, expect, it, vi } from 'vitest'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

describe('who may', () => {
  it.each(['session:another', 'user:another'])(
    'is nobody in %s unless the app says so',
    async (room) => {
      await using context = await startServer()
      const client = await roomClient(context)
      for (const [name, input] of [
        ['room:join', { room }],
        ['room:send', { room, data: 1 }],
        ['room:history', { room }],
        ['room:typing', { room, isTyping: true }],
      ] as const) {
        await expect(client.ask(name, input)).rejects.toMatchObject({ code: 'room_forbidden' })
      }
    },
  )

  it('is decided by the app, for each action', async () => {
    const asked: string[] = []
    await using context = await startServer({
      authorize: (_session, action, room) => {
        asked.push(`${action} ${room.name} ${room.pattern} ${JSON.stringify(room.params)}`)
        return action !== 'send'
      },
    })
    const client = await roomClient(context)
    await client.join('public:news')
    await client.ask('room:history', { room: 'public:news' })
    await expect(client.send('public:news', 1)).rejects.toMatchObject({ code: 'room_forbidden' })
    const room = 'public:news public:{topic} {"topic":"news"}'
    expect(asked).toEqual([`join ${room}`, `read ${room}`, `send ${room}`])
  })

  it('ends with the sign-out, and the connection is told', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const session = await context.server.sessions.findByToken(client.token)
    const socketId = client.socket.id
    const { id } = await context.server.sessions.signIn(session?.id ?? '', 'sara', { socketId })
    const room = 'user:sara'
    await client.join(room)
    await context.server.toUser('sara').publish('for sara')
    await vi.waitFor(() => {
      expect(client.seen).toMatchObject([{ room, from: 'server', data: 'for sara' }])
    })
    const left: unknown[] = []
    client.socket.on('room:left', (payload) => left.push(payload))
    await context.server.sessions.signOut(id, { socketId })
    await vi.waitFor(() => {
      expect(left).toEqual([{ room, code: 'room_forbidden' }])
    })
    await context.server.toUser('sara').publish('not for this one')
    await client.ask('ping', undefined)
    expect(client.seen).toHaveLength(1)
  })

  it('gets from a backend only what a client could send', async () => {
    await using context = await startServer({ limits: { maxInputDepth: 3 } })
    const cycle: { self?: object } = {}
    cycle.self = cycle
    for (const data of [[[[[1]]]], { a: { b: { c: {} } } }, cycle, () => 1, 1n]) {
      await expect(context.server.publish(ROOM, data as never)).rejects.toMatchObject({
        code: 'invalid_input',
      })
    }
    expect(await context.server.publish(ROOM, [[[1]]])).toMatchObject({ seq: 1, data: [[[1]]] })
  })

  it('is in so many rooms at the most', async () => {
    await using context = await startServer({ limits: { roomsPerConnection: 2 } })
    const client = await roomClient(context)
    await client.join('public:1')
    await client.join('public:2')
    await expect(client.join('public:3')).rejects.toMatchObject({ code: 'too_many_rooms' })
    await client.join('public:2')
    await client.ask('room:leave', { room: 'public:1' })
    await client.join('public:3')
  })
})
