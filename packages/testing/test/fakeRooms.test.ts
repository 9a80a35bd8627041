import { describe, expect, it } from 'vitest'
import { createFakeClient } from '../src/fake.js'
import { connectFake } from './support/connectFake.js'
import { noteContract } from './support/noteContract.js'

describe('the people and rooms of a fake', () => {
  it('are there at once, and by the names that the test gives', async () => {
    await using context = await connectFake()
    const { fake } = context
    await fake.presence('public:x', 'user:sara', true)
    await fake.publish('public:x', 'before', { from: 'user:sara' })
    const room = fake.room('public:x')
    await room.join()
    await fake.publish('public:x', 'after', { from: 'user:sara' })
    expect(room.messages).toMatchObject([
      { from: 'user:sara', data: 'before', seq: 1 },
      { from: 'user:sara', data: 'after', seq: 2 },
    ])
    expect(room.members).toContainEqual({ id: 'user:sara', isSelf: false, presence: undefined })
    await fake.presence('public:x', 'user:sara', true, { name: 'Sara' })
    expect(room.members).toContainEqual({
      id: 'user:sara',
      isSelf: false,
      presence: { name: 'Sara' },
    })
    await fake.typing('public:x', 'user:sara', true)
    expect(room.typists).toEqual(['user:sara'])
    await fake.presence('public:x', 'user:sara', false)
    expect(room.members).toMatchObject([{ isSelf: true }])
    expect(room.typists).toEqual([])
    await expect(fake.publish('public:x', (() => 1) as unknown as string)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('have what was sent', async () => {
    await using context = await connectFake()
    const { fake } = context
    await fake.room('public:x').send({ text: 'hi' })
    expect(fake.messages('public:x')).toMatchObject([{ seq: 1, data: { text: 'hi' } }])
    await fake.sendMessage('to the server')
    const own = (await fake.getStatus()).connection.rooms.find((room) =>
      room.startsWith('session:'),
    )
    expect(fake.messages(String(own))).toMatchObject([{ data: 'to the server' }])
  })

  it('are open to whom the test lets in', async () => {
    await using fake = createFakeClient(noteContract, {
      authorize: ({ userId }, action, room) =>
        room.name === 'staff' && (userId !== null || action === 'read'),
      authenticate: ({ username }) => username ?? null,
    })
    await fake.connect()
    await expect(fake.room('staff').join()).rejects.toMatchObject({ code: 'room_forbidden' })
    expect(await fake.room('staff').history()).toMatchObject({ messages: [] })
    await fake.session.signIn({ username: 'sara' })
    expect((await fake.room('staff').join()).members).toMatchObject([{ id: 'user:sara' }])
  })
})
