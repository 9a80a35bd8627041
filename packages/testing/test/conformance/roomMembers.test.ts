import { describe, expect, it } from 'vitest'
import { enterRoom, ROOM } from '../support/enterRoom.js'
import { eventually, rejection } from '../support/stage.js'
import { stages } from '../support/stages.js'

describe.each(stages)('the members of a room of $name', ({ start }) => {
  it('knows who is there', async () => {
    await using stage = await start()
    const { room } = await enterRoom(stage)
    const presences: unknown[] = []
    expect(room.members).toHaveLength(1)
    room.on('presence', (presence) => presences.push(presence))
    const other = await stage.arrive(ROOM)
    await eventually(() => {
      expect(room.members.map(({ id }) => id)).toContain(other.member)
    })
    expect(room).toMatchObject({ memberCount: 2, isComplete: true })
    await other.show({ name: 'Omid' })
    await eventually(() => {
      expect(room.members.find(({ id }) => id === other.member)?.presence).toEqual({ name: 'Omid' })
    })
    await other.leave()
    await eventually(() => {
      expect(room.members).toHaveLength(1)
    })
    expect(presences).toMatchObject([
      { member: { id: other.member, isSelf: false }, isPresent: true },
      { member: { presence: { name: 'Omid' } }, isPresent: false },
    ])
  })

  it('shows what a member has set, with each join, and refuses what is too large', async () => {
    await using stage = await start()
    const { client } = stage
    const room = client.room(ROOM)
    await room.setPresence('before the join')
    await client.connect()
    const shown = () => room.members.map(({ presence }) => presence)
    expect((await room.join()).members).toMatchObject([{ presence: 'before the join' }])
    await room.setPresence({ name: 'Sara' })
    await eventually(() => {
      expect(shown()).toEqual([{ name: 'Sara' }])
    })
    const tooLarge = 'é'.repeat(512)
    expect(await rejection(room.setPresence(tooLarge))).toMatchObject({
      code: 'invalid_input',
      data: { issues: [{ path: 'presence', message: 'Too large: at most 1024 bytes of JSON' }] },
    })
    await stage.drop()
    await room.setPresence(null)
    stage.restore()
    await eventually(() => {
      expect(room.isJoined).toBe(true)
      expect(shown()).toEqual([null])
    })
    expect(
      await rejection(client.call('presence:set', { room: 'public:other', presence: 1 })),
    ).toMatchObject({ code: 'conflict' })
    expect(await rejection(client.room('public:x').join({ presence: tooLarge }))).toMatchObject({
      code: 'invalid_input',
    })
  })

  it('knows who is typing', async () => {
    await using stage = await start()
    const { room } = await enterRoom(stage)
    const other = await stage.arrive(ROOM)
    const heard: boolean[] = []
    room.on('typing', ({ isTyping }) => heard.push(isTyping))
    await other.typing(true)
    await eventually(() => {
      expect(room.typists).toEqual([other.member])
    })
    await other.typing(false)
    await eventually(() => {
      expect(room.typists).toEqual([])
    })
    expect(heard).toEqual([true, false])
    room.typing(true)
    await stage.client.ping()
    expect(room.typists).toEqual([])
  })

  it('refuses what members show if it does not fit the contract', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const named = client.room('public:named:a')
    const wrong = { presence: { name: 1 as unknown as string } }
    const failure = {
      code: 'invalid_input',
      message: expect.stringContaining('"name"') as string,
      data: { issues: [{ path: 'name', message: expect.any(String) as string }] },
    }
    expect(await rejection(named.join(wrong))).toMatchObject(failure)
    expect(named.state).toBe('left')
    await named.join({ presence: { name: 'Sara' } })
    expect(await rejection(named.setPresence(wrong.presence))).toMatchObject(failure)
    expect(named.members).toMatchObject([{ isSelf: true, presence: { name: 'Sara' } }])
    const none = client.room('public:notes:a')
    await none.join()
    expect(await rejection(none.setPresence('any' as never))).toMatchObject({
      code: 'invalid_input',
    })
  })

  it('has the same person under another name after a sign-in', async () => {
    await using stage = await start()
    const { client, room } = await enterRoom(stage)
    await room.setPresence({ name: 'Sara' })
    await client.session.signIn({ username: 'sara', password: 'right' })
    await eventually(() => {
      expect(room.members).toEqual([
        { id: 'user:user-sara', isSelf: true, presence: { name: 'Sara' } },
      ])
      expect(room.self).toBe('user:user-sara')
    })
    await room.send('x')
    await eventually(() => {
      expect(room.messages[0]?.from).toBe('user:user-sara')
    })
  })
})
