import { coreContract, extendContract, json, room } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { propertiesOf } from '../src/shared/propertiesOf.js'
import { enterRoom } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { rejection, startServer } from './support/server.js'

const limits = { presenceGraceMs: 20, presenceIntervalMs: 10 }
/** Takes nothing, and what has a name. */
const namedOnly = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      value === undefined || typeof propertiesOf(value).name === 'string'
        ? { value: value as { name: string } | undefined }
        : { issues: [{ message: 'needs a name' }] },
  },
}

type People = Awaited<ReturnType<typeof enterRoom>>['room']

/** What a room's members show, by their ids. */
function shownIn({ members }: People): Record<string, unknown> {
  return Object.fromEntries(members.map(({ id, presence }) => [id, presence]))
}

describe('people of a room', () => {
  it('come and go, and are members once', async () => {
    await using context = await startServer({ limits })
    const first = await enterRoom(context)
    const presences: unknown[] = []
    first.room.on('presence', ({ member, isPresent }) => presences.push([member.id, isPresent]))
    const second = await enterRoom(context)
    await eventually(() => {
      expect(first.room.members).toHaveLength(2)
    })
    const { self, members, memberCount, isComplete } = second.room
    expect(members.map(({ id, isSelf }) => [id, isSelf])).toEqual([
      [first.room.self, false],
      [self, true],
    ])
    expect([memberCount, isComplete]).toEqual([2, true])
    expect(self).toBe(`session:${String(second.client.session.id)}`)
    expect(Object.isFrozen(members[0])).toBe(true)
    await second.room.leave()
    await eventually(() => {
      expect(first.room.members).toHaveLength(1)
    })
    expect(presences).toEqual([
      [self, true],
      [self, false],
    ])
  })

  it('show what they have set, at the join and later, and after a lost connection', async () => {
    await using context = await startServer({ limits })
    const first = await enterRoom(context)
    const { client, room } = await enterRoom(context)
    await room.setPresence({ name: 'Sara' })
    const self = String(room.self)
    await eventually(() => {
      expect(shownIn(first.room)[self]).toEqual({ name: 'Sara' })
    })
    const settings = ['a', 'b', 'c'].map((name) => room.setPresence({ name }))
    await Promise.all(settings)
    await eventually(() => {
      expect(shownIn(first.room)[self]).toEqual({ name: 'c' })
    })
    const commands = vi.fn()
    context.server.io.on('connection', (socket) => socket.onAny(commands))
    const away = new Promise<void>((resolve) => {
      const stop = client.subscribe(({ status }) => {
        if (status === 'connected') return
        stop()
        void room.setPresence({ name: 'while away' }).then(resolve)
      })
    })
    client.socket?.io.engine.close()
    await away
    await eventually(() => {
      expect(shownIn(first.room)[self]).toEqual({ name: 'while away' })
    })
    expect(commands.mock.calls.map(([name]) => name as string)).not.toContain('presence:set')
    await room.leave()
    await room.join()
    expect(shownIn(room)[self]).toEqual({ name: 'while away' })
    await room.join({ presence: 1 })
    await eventually(() => {
      expect(shownIn(first.room)[self]).toBe(1)
    })
  })

  it('keep what they have set where something else is refused', async () => {
    await using context = await startServer({ limits })
    const { client, room } = await enterRoom(context)
    await room.setPresence('small')
    const large = room.setPresence('x'.repeat(2_000))
    await expect(large).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(room.setPresence((() => 1) as unknown as string)).rejects.toMatchObject({
      code: 'invalid_input',
    })
    client.socket?.io.engine.close()
    await eventually(() => {
      expect(client.status).toBe('connected')
      expect(shownIn(room)).toEqual({ [String(room.self)]: 'small' })
      expect(room.isJoined).toBe(true)
    })
    const other = client.room('public:other')
    const joining = other.join({ presence: 'x'.repeat(2_000) })
    await expect(joining).rejects.toMatchObject({ code: 'invalid_input' })
    expect((await other.join({ presence: 'y' })).members).toMatchObject([{ presence: 'y' }])
  })

  it('are a crowd above a bound, of which all are counted and some are listed', async () => {
    await using context = await startServer({
      limits: { ...limits, maxNamedMembers: 2, namedAgainMembers: 1 },
    })
    const first = await enterRoom(context)
    const presences: unknown[] = []
    const second = await enterRoom(context)
    await eventually(() => {
      expect(first.room.members).toHaveLength(2)
    })
    first.room.on('presence', (event) => presences.push(event))
    const third = await enterRoom(context)
    await eventually(() => {
      expect(first.room).toMatchObject({ memberCount: 3, isComplete: false })
    })
    expect(first.room.members).toMatchObject([{ isSelf: true }])
    await second.room.send('hello')
    await eventually(() => {
      expect(first.room.members.map(({ id }) => id)).toContain(second.room.self)
      expect(third.room.members.map(({ id }) => id)).toContain(second.room.self)
    })
    expect(presences).toEqual([])
  })

  it('are nobody after the end of the session, and there again with the next one', async () => {
    await using context = await startServer({ limits })
    const first = await enterRoom(context)
    const { client, room } = await enterRoom(context)
    const before = room.self
    await client.session.end()
    expect(room).toMatchObject({ state: 'left', members: [], memberCount: 0, self: null })
    expect(room.error).toMatchObject({ code: 'session_ended' })
    expect(client.session.id).toBeNull()
    await eventually(() => {
      expect(first.room.members).toHaveLength(1)
    })
    await client.connect()
    await eventually(() => {
      expect(room.isJoined).toBe(true)
      expect(room.self).toMatch(/^session:/)
    })
    expect(room.self).not.toBe(before)
    expect(room.members).toHaveLength(2)
  })

  it('are known by their session also with a token of the app', async () => {
    await using context = await startServer({ limits })
    const { token } = await context.server.sessions.acquire()
    const session = await context.server.sessions.findByToken(token)
    const { client, room } = await enterRoom(context, context.client({ token }))
    await eventually(() => {
      expect(client.session.id).toBe(session?.id)
    })
    expect(room.self).toBe(`session:${String(session?.id)}`)
  })

  it('are seen typing until they send, stop, or are silent for long', async () => {
    await using context = await startServer()
    const [first, second] = [await enterRoom(context), await enterRoom(context)]
    const commands = vi.fn()
    context.server.io.sockets.sockets.forEach((socket) => socket.onAny(commands))
    const heard: boolean[] = []
    first.room.on('typing', ({ isTyping }) => heard.push(isTyping))
    for (let key = 0; key < 10; key++) second.room.typing(true)
    await eventually(() => {
      expect(first.room.typists).toEqual([second.room.self])
    })
    second.room.typing(false)
    await eventually(() => {
      expect(first.room.typists).toEqual([])
    })
    expect(heard).toEqual([true, false])
    second.room.typing(true)
    await eventually(() => {
      expect(first.room.typists).toHaveLength(1)
    })
    await second.room.send('done')
    await eventually(() => {
      expect(first.room.typists).toEqual([])
      expect(first.data()).toEqual(['done'])
    })
    expect(commands.mock.calls.filter(([name]) => name === 'room:typing')).toHaveLength(3)
  })

  it('join with what they showed before once the room has refused another presence', async () => {
    const contract = extendContract(coreContract, {
      rooms: {
        'support:{caseId}': room({
          message: json,
          presence: namedOnly,
        }),
      },
    })
    await using context = await startServer({ limits, contract, authorize: () => true })
    const client = context.client()
    await client.connect()
    const support = client.room('support:42' as 'public:42')
    expect(await rejection(support.join({ presence: { name: 7 } }))).toMatchObject({
      code: 'invalid_input',
    })
    await support.join()
    expect(support).toMatchObject({ state: 'joined' })
    await support.leave()
    await support.join()
    expect(support).toMatchObject({ state: 'joined' })
  })
})
