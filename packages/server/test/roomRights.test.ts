import { describe, expect, it, vi } from 'vitest'
import type { Authorize } from '../src/index.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

type Decision = ReturnType<Authorize>

/** A pending decision of the app. The test resolves it. */
interface Question {
  readonly about: string
  resolve(answer: Decision): void
}

/** An app whose test decides each pending authorization by hand. */
class ThoughtfulApp {
  readonly asked: Question[] = []
  /** The immediate answer; `undefined` leaves the decision pending. */
  decide: (userId: string | null) => Decision | undefined = () => true

  readonly authorize: Authorize = ({ userId }, action, room) =>
    this.decide(userId) ??
    new Promise<boolean>((resolve) => {
      this.asked.push({ about: `${String(userId)} ${action} ${room.name}`, resolve })
    })
}

/** A signed-in user who has joined a private room. */
async function startMember(authorize: Authorize, limits = {}) {
  const context = await startServer({ authorize, limits })
  const { sessions } = context.server
  const client = await roomClient(context)
  const options = { socketId: client.socket.id }
  const anonymous = await sessions.findByToken(client.token)
  let { id } = await sessions.signIn(anonymous?.id ?? '', 'sara', options)
  const told: unknown[] = []
  client.socket.on('room:left', (left) => told.push(left))
  client.socket.on('room:head', ({ heads }) => told.push(...heads))
  return {
    context,
    client,
    /** Everything sent about the room, except messages. */
    told,
    async change(userId: string | null) {
      const changed =
        userId === null
          ? await sessions.signOut(id, options)
          : await sessions.signIn(id, userId, options)
      ;({ id } = changed)
    },
    /** Publishes, and resolves when the client must have received it. */
    async publish(data: string) {
      await context.server.publish('public:staff', data)
      await client.ask('ping', undefined)
    },
    heard: () => client.seen.map(({ data }) => data),
  }
}

describe('what lets in', () => {
  it.each<[string, unknown]>([
    ...[false, undefined, null, 0, 1, 'yes', {}, []].map(
      (answer) => [JSON.stringify(answer), answer] as [string, unknown],
    ),
    ['{} later', Promise.resolve({})],
    ['false later', Promise.resolve(false)],
  ])('is not %s', async (_what, answer) => {
    await using context = await startServer({ authorize: () => answer as boolean })
    const client = await roomClient(context)
    for (const [name, input] of [
      ['room:join', { room: ROOM }],
      ['room:history', { room: ROOM }],
      ['room:send', { room: ROOM, data: 1 }],
      ['room:typing', { room: ROOM, isTyping: true }],
    ] as const) {
      await expect(client.ask(name, input)).rejects.toMatchObject({ code: 'room_forbidden' })
    }
  })

  it.each<[string, Authorize]>([
    [
      'throws',
      () => {
        throw new Error('the app’s own store is down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the app’s own store is down'))],
  ])('is not an app that %s, which is answered as its failure', async (_what, authorize) => {
    await using context = await startServer({ authorize })
    const client = await roomClient(context)
    await expect(client.join(ROOM)).rejects.toMatchObject({ code: 'internal_error' })
    await context.server.publish(ROOM, 'not for this one')
    await client.ask('ping', undefined)
    expect(client.seen).toEqual([])
  })

  it('is not an app that never answers, whose time is bounded', async () => {
    await using context = await startServer({
      authorize: () => new Promise(() => undefined),
      limits: { authorizeTimeoutMs: 20 },
    })
    const client = await roomClient(context)
    await expect(client.join(ROOM)).rejects.toMatchObject({ code: 'handler_timeout' })
    await expect(client.send(ROOM, 1)).rejects.toMatchObject({ code: 'handler_timeout' })
  })
})

describe('a member whose user changes', () => {
  it.each<[string, () => Decision]>([
    ['refuses', () => false],
    ['refuses later', () => Promise.resolve(false)],
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['says what is no yes', () => ({}) as boolean],
    ['never answers', () => new Promise(() => undefined)],
  ])('is out at once and for good where the app %s', async (_what, decide) => {
    const app = new ThoughtfulApp()
    const member = await startMember(app.authorize, { authorizeTimeoutMs: 20 })
    await using _context = member.context
    await member.client.join('public:staff')
    await member.publish('for Sara')
    app.decide = (userId) => (userId === 'sara' ? true : decide())
    await member.change(null)
    await member.publish('not for the next person')
    await vi.waitFor(() => {
      expect(member.told).toEqual([{ room: 'public:staff', code: 'room_forbidden' }])
    })
    await member.publish('nor is this')
    expect(member.heard()).toEqual(['for Sara'])
  })

  it('is out while the app thinks about it, and comes back where nothing was missed', async () => {
    const app = new ThoughtfulApp()
    const member = await startMember(app.authorize)
    await using _context = member.context
    await member.client.join('public:staff')
    await member.publish('1')
    app.decide = () => undefined
    await member.change('omid')
    await member.publish('2')
    expect(member.heard()).toEqual(['1'])
    expect(member.told).toEqual([])
    app.asked[0]?.resolve(true)
    await vi.waitFor(() => {
      expect(member.told).toMatchObject([{ room: 'public:staff', seq: 2 }])
    })
    await member.publish('3')
    expect(member.heard()).toEqual(['1', '3'])
    app.decide = () => true
    expect((await member.client.join('public:staff')).members).toEqual([{ id: 'user:omid' }])
  })

  it('is not brought back by an answer that was for somebody else', async () => {
    const app = new ThoughtfulApp()
    const member = await startMember(app.authorize)
    await using _context = member.context
    await member.client.join('public:staff')
    app.decide = () => undefined
    await member.change('omid')
    await member.change(null)
    expect(app.asked.map(({ about }) => about)).toEqual([
      'omid join public:staff',
      'null join public:staff',
    ])
    app.asked[0]?.resolve(true)
    await member.publish('for Omid')
    expect(member.heard()).toEqual([])
    app.asked[1]?.resolve(false)
    await vi.waitFor(() => {
      expect(member.told).toEqual([{ room: 'public:staff', code: 'room_forbidden' }])
    })
    expect(member.heard()).toEqual([])
  })

  it('is not brought back where it has left in the meantime', async () => {
    const app = new ThoughtfulApp()
    const member = await startMember(app.authorize)
    await using _context = member.context
    await member.client.join('public:staff')
    app.decide = () => undefined
    await member.change('omid')
    await member.client.ask('room:leave', { room: 'public:staff' })
    app.asked[0]?.resolve(true)
    await member.publish('too late')
    expect(member.heard()).toEqual([])
    expect(member.told).toEqual([])
  })

  it('is another person to the others, also where the app thinks about it', async () => {
    const app = new ThoughtfulApp()
    const member = await startMember(app.authorize)
    await using _context = member.context
    const other = await roomClient(member.context)
    const presences: unknown[] = []
    other.socket.on('room:presence', ({ present, gone }) => {
      const users = [...present.map(({ id }) => id), ...gone].filter((id) => id.startsWith('user:'))
      for (const id of users) presences.push([id, !gone.includes(id)])
    })
    await other.join('public:staff')
    await member.client.join('public:staff')
    app.decide = (userId) => (userId === 'omid' ? undefined : true)
    await vi.waitFor(() => {
      expect(presences).toEqual([['user:sara', true]])
    })
    await member.change('omid')
    await vi.waitFor(() => {
      expect(presences).toEqual([
        ['user:sara', true],
        ['user:sara', false],
      ])
    })
    app.asked[0]?.resolve(true)
    await vi.waitFor(() => {
      expect(presences.at(-1)).toEqual(['user:omid', true])
    })
  })
})

describe('what is under way when the user changes', () => {
  it.each(['room:join', 'room:history', 'room:typing'])(
    'is not answered with what was another person’s: %s',
    async (name) => {
      const app = new ThoughtfulApp()
      const member = await startMember(app.authorize)
      await using _context = member.context
      await member.publish('for Sara')
      app.decide = (userId) => (userId === 'sara' ? undefined : false)
      const input = { room: 'public:staff', ...(name === 'room:typing' && { isTyping: true }) }
      const asking = member.client.ask(name, input).catch((error: unknown) => error)
      await member.client.ask('ping', undefined)
      await member.change(null)
      app.asked[0]?.resolve(true)
      expect(await asking).toMatchObject({ code: 'conflict', retryable: true })
      await member.publish('not for the next person')
      expect(member.heard()).toEqual([])
    },
  )

  it('leaves a join nowhere, at whatever point of it the user changes', async () => {
    for (const turns of range(0, 12)) {
      const member = await startMember(({ userId }) => userId === 'sara')
      await using _context = member.context
      await member.publish('for Sara')
      const joining = member.client.join('public:staff').catch((error: unknown) => error)
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      await member.change(null)
      const joined = await joining
      await member.publish('not for the next person')
      expect(member.heard()).toEqual([])
      const isRefused = (joined as { code?: string }).code !== undefined
      if (isRefused)
        expect(joined).toMatchObject({
          code: expect.stringMatching(/^(conflict|room_forbidden)$/) as string,
        })
    }
  })

  it('is nobody’s any more where the connection has closed', async () => {
    const app = new ThoughtfulApp()
    const member = await startMember(app.authorize)
    await using _context = member.context
    app.decide = () => undefined
    void member.client.join('public:staff').catch(() => undefined)
    await vi.waitFor(() => {
      expect(app.asked).toHaveLength(1)
    })
    const [connection] = member.context.server.io.sockets.sockets.values()
    member.client.socket.close()
    await vi.waitFor(() => {
      expect(connection?.connected).toBe(false)
    })
    app.asked[0]?.resolve(true)
    await member.context.server.publish('public:staff', 'unheard')
    expect(connection?.data.rooms?.size ?? 0).toBe(0)
  })
})
