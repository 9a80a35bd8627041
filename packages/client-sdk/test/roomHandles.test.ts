import { describe, expect, it, vi } from 'vitest'
import { enterRoom, ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { rejection, startServer } from './support/server.js'

describe('handles on a room', () => {
  it('share what they show, and the last one leaves', async () => {
    await using context = await startServer()
    const { client, room, data } = await enterRoom(context)
    const other = client.room(ROOM)
    await other.join()
    await other.join()
    expect(other.getSnapshot()).toBe(room.getSnapshot())
    await other.leave()
    await other.leave()
    expect(room.isJoined).toBe(true)
    const commands = vi.fn()
    context.server.io.sockets.sockets.forEach((socket) => socket.onAny(commands))
    await room.leave()
    expect(commands.mock.calls.map(([name]) => name as string)).toEqual(['room:leave'])
    expect(room).toMatchObject({ state: 'left', messages: [], members: [] })
    await context.server.publish(ROOM, 'unheard')
    await room.join()
    expect(data()).toEqual(['unheard'])
  })

  it('come back in although they have only just left', async () => {
    await using context = await startServer()
    const { room, data } = await enterRoom(context)
    void room.leave()
    await room.join()
    await context.server.publish(ROOM, 'heard')
    await eventually(() => {
      expect(data()).toEqual(['heard'])
    })
  })

  it('type nothing in a room that they have not joined', async () => {
    await using context = await startServer()
    const room = context.client().room(ROOM)
    room.typing(true)
    expect(room.getSnapshot()).toMatchObject({ state: 'left', typists: [] })
  })

  it('keep their room from a call that would leave it', async () => {
    await using context = await startServer()
    const { client, room, data } = await enterRoom(context)
    expect(await rejection(client.call('room:leave', { room: ROOM }))).toMatchObject({
      code: 'invalid_input',
      message: 'public:lobby has handles: use their leave()',
    })
    await context.server.publish(ROOM, 'heard')
    await eventually(() => {
      expect(data()).toEqual(['heard'])
    })
    await room.leave()
    expect(await client.call('room:leave', { room: ROOM })).toEqual({ room: ROOM })
  })

  it('are refused where they may not join, and can try again', async () => {
    let isOpen = false
    await using context = await startServer({ authorize: () => isOpen })
    const client = context.client()
    await client.connect()
    const room = client.room(ROOM)
    expect(await rejection(room.join())).toMatchObject({ code: 'room_forbidden' })
    expect(room).toMatchObject({ state: 'left', error: { code: 'room_forbidden' } })
    isOpen = true
    await room.join()
    expect(room).toMatchObject({ state: 'joined', error: null })
  })

  it('ask for no leave of a room that they were refused or put out of', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const commands = vi.fn()
    context.server.io.sockets.sockets.forEach((socket) => socket.onAny(commands))
    const refused = client.room('user:somebody')
    await rejection(refused.join())
    await refused.leave()
    const lost = client.room(ROOM)
    await lost.join()
    const { id } = client.session
    await context.server.rooms.remove(ROOM, `session:${String(id)}`)
    await eventually(() => {
      expect(lost.state).toBe('left')
    })
    await lost.leave()
    await client.call('ping')
    const names = commands.mock.calls.map(([name]) => name as string)
    expect(names.filter((name) => name.startsWith('room:'))).toEqual(['room:join', 'room:join'])
  })

  it('are put out when they may not stay, and show nothing of it any more', async () => {
    const signingIn = { authenticate: ({ username = '' }) => `user-${username}` }
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn({ username: 'sara' })
    const room = client.room('user:user-sara')
    await room.join()
    await room.send('private')
    await client.session.signOut()
    await eventually(() => {
      expect(room).toMatchObject({ state: 'left', error: { code: 'room_forbidden' } })
    })
    expect(room.messages).toEqual([])
  })

  it('know nobody any more once they are refused at the next connect', async () => {
    let isOpen = true
    await using context = await startServer({ authorize: () => isOpen })
    const { client, room } = await enterRoom(context)
    await enterRoom(context)
    await eventually(() => {
      expect(room.members).toHaveLength(2)
    })
    isOpen = false
    const left = new Promise<void>((resolve) => {
      room.subscribe(({ state }) => {
        if (state === 'left') resolve()
      })
    })
    client.socket?.io.engine.close()
    await left
    expect(room).toMatchObject({ error: { code: 'room_forbidden' }, messages: [], members: [] })
    expect(room).toMatchObject({ memberCount: 0, typists: [] })
  })

  it('wait for the connection within their time, and go on after it', async () => {
    await using context = await startServer()
    const client = context.client()
    const room = client.room(ROOM)
    expect(await rejection(room.join())).toMatchObject({ code: 'not_connected' })
    await client.connect()
    await eventually(() => {
      expect(room.isJoined).toBe(true)
    })
    await client.disconnect()
    await context.stop()
    void client.connect()
    expect(await rejection(room.join({ timeoutMs: 20 }))).toMatchObject({ code: 'timeout' })
    const controller = new AbortController()
    const joining = rejection(room.join({ signal: controller.signal }))
    controller.abort()
    expect(await joining).toMatchObject({ code: 'aborted' })
    expect(room.state).toBe('left')
  })
})
