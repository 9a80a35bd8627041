import { describe, expect, it, vi } from 'vitest'
import { roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'

const ROOM = 'public:lobby'

describe('a room', () => {
  it('numbers its messages, and those in it get them in that order', async () => {
    await using context = await startServer()
    const [first, second] = [await roomClient(context), await roomClient(context)]
    expect(await first.join(ROOM)).toMatchObject({ seq: 0, messages: [], more: false })
    await second.join(ROOM)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? first : second).send(ROOM, index)),
    )
    await vi.waitFor(() => {
      expect(first.seen).toHaveLength(20)
      expect(second.seen).toHaveLength(20)
    })
    expect(first.seen).toEqual(second.seen)
    expect(first.seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(new Set(first.seen.map(({ epoch }) => epoch)).size).toBe(1)
  })

  it('gives what came after a position, page by page, and what is newest without one', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    for (let index = 1; index <= 260; index++) await context.server.publish(ROOM, index)
    const newest = await client.join(ROOM)
    expect(newest).toMatchObject({ seq: 260, more: true })
    expect(newest.messages.map(({ seq }) => seq)).toEqual(range(211, 260))

    const { epoch } = newest
    const page = await client.join(ROOM, { epoch, seq: 40 })
    expect(page.messages.map(({ seq }) => seq)).toEqual(range(41, 240))
    expect(page.more).toBe(true)
    const rest = await client.ask('room:history', { room: ROOM, epoch, after: 240, limit: 200 })
    expect(rest).toMatchObject({ more: false, epoch })
    expect((rest as typeof page).messages.map(({ seq }) => seq)).toEqual(range(241, 260))
    const older = await client.ask('room:history', { room: ROOM, epoch, before: 211, limit: 10 })
    expect((older as typeof page).messages.map(({ seq }) => seq)).toEqual(range(201, 210))
    const oldest = await client.ask('room:history', { room: ROOM, before: 5, limit: 10 })
    expect(oldest).toMatchObject({ more: false, messages: [{ seq: 1 }, {}, {}, { seq: 4 }] })
  })

  it('says so once where a position cannot be continued', async () => {
    await using context = await startServer({
      limits: { roomRetentionMessages: 10, sweepIntervalMs: 20 },
    })
    const client = await roomClient(context)
    for (let index = 1; index <= 30; index++) await context.server.publish(ROOM, index)
    const { epoch, messages } = await client.join(ROOM)
    const last = messages.at(-1)
    await vi.waitFor(async () => {
      const truncated = await client.join(ROOM, { epoch, seq: 5 })
      expect(truncated.reset).toEqual({ reason: 'truncated' })
      expect(truncated.messages.map(({ seq }) => seq)).toEqual(range(21, 30))
    })
    expect((await client.join(ROOM, { epoch, seq: 20 })).reset).toBeUndefined()
    // The message that would show whether the store was restored is gone.
    const { reset: unsure } = await client.join(ROOM, { epoch, seq: 20, id: 'any' })
    expect(unsure).toEqual({ reason: 'truncated' })
    expect((await client.join(ROOM, { epoch, seq: 30, id: last?.id ?? '' })).reset).toBeUndefined()
    for (const position of [
      { epoch: 'another', seq: 25 },
      { epoch, seq: 31 },
      { epoch, seq: 30, id: 'another' },
    ]) {
      const { reset } = await client.join(ROOM, position)
      expect(reset).toEqual({ reason: 'epoch_changed' })
    }
    const history = await client.ask('room:history', { room: ROOM, epoch, after: 3 })
    expect(history).toMatchObject({ reset: { reason: 'truncated' } })
  })

  it('is gone on with by whoever joined it before its first message', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const { epoch, seq } = await client.join(ROOM)
    await context.server.publish(ROOM, 'first')
    await context.server.publish(ROOM, 'second')
    const joined = await client.join(ROOM, { epoch, seq })
    expect(joined.reset).toBeUndefined()
    expect(joined.messages.map(({ data }) => data)).toEqual(['first', 'second'])
    await vi.waitFor(() => {
      expect(client.seen.map(({ data }) => data)).toEqual(['first', 'second'])
    })
  })

  it('tells again and again what its newest message is', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 20 } })
    const client = await roomClient(context)
    await client.join(ROOM)
    const { epoch, seq } = await client.send(ROOM, 'a')
    const heads: unknown[] = []
    client.socket.on('room:head', (payload) => heads.push(payload))
    await vi.waitFor(() => {
      expect(heads).toContainEqual({ heads: [{ room: ROOM, epoch, seq }] })
    })
  })

  it('tells nobody who has left', async () => {
    await using context = await startServer()
    const [client, witness] = [await roomClient(context), await roomClient(context)]
    await client.join(ROOM)
    await witness.join(ROOM)
    await client.ask('room:leave', { room: ROOM })
    await context.server.publish(ROOM, 'a')
    await vi.waitFor(() => {
      expect(witness.seen).toHaveLength(1)
    })
    await client.ask('ping', undefined)
    expect(client.seen).toEqual([])
  })

  it('tells the others who is typing', async () => {
    await using context = await startServer()
    const [first, second] = [await roomClient(context), await roomClient(context)]
    await first.join(ROOM)
    await second.join(ROOM)
    const typing: unknown[] = []
    for (const { socket } of [first, second]) socket.on('room:typing', (it) => typing.push(it))
    await first.ask('room:typing', { room: ROOM, isTyping: true })
    await vi.waitFor(() => {
      expect(typing).toMatchObject([{ room: ROOM, isTyping: true }])
    })
  })
})

describe('who may', () => {
  it.each(['session:another', 'user:another', 'support', 'private:x'])(
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
        asked.push(`${action} ${room}`)
        return action !== 'send'
      },
    })
    const client = await roomClient(context)
    await client.join('news')
    await client.ask('room:history', { room: 'news' })
    await expect(client.send('news', 1)).rejects.toMatchObject({ code: 'room_forbidden' })
    expect(asked).toEqual(['join news', 'read news', 'send news'])
  })

  it('ends with the sign-out, and the connection is told', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const session = await context.server.sessions.findByToken(client.token)
    const id = session?.id ?? ''
    await context.server.sessions.signIn(id, 'sara')
    const room = 'user:sara'
    await client.join(room)
    await context.server.toUser('sara').publish('for sara')
    await vi.waitFor(() => {
      expect(client.seen).toMatchObject([{ room, from: 'server', data: 'for sara' }])
    })
    const left: unknown[] = []
    client.socket.on('room:left', (payload) => left.push(payload))
    await context.server.sessions.signOut(id)
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

describe('presence', () => {
  it('is of people and not of connections', async () => {
    await using context = await startServer({ limits: { presenceGraceMs: 10 } })
    const witness = await roomClient(context)
    await witness.join(ROOM)
    const changes: unknown[] = []
    witness.socket.on('room:presence', (change) => changes.push(change))
    const first = await roomClient(context)
    const second = await roomClient(context, first.token)
    const session = await context.server.sessions.findByToken(first.token)
    const member = `session:${session?.id ?? ''}`
    const { members } = await first.join(ROOM)
    expect(members).toHaveLength(2)
    expect((await second.join(ROOM)).members).toHaveLength(2)
    first.socket.disconnect()
    await witness.ask('ping', undefined)
    expect(changes).toEqual([{ room: ROOM, member, isPresent: true }])
    second.socket.disconnect()
    await vi.waitFor(() => {
      expect(changes).toContainEqual({ room: ROOM, member, isPresent: false })
    })
    expect(changes).toHaveLength(2)
  })

  it('outlasts a short absence', async () => {
    await using context = await startServer({ limits: { presenceGraceMs: 60_000 } })
    const witness = await roomClient(context)
    await witness.join(ROOM)
    const client = await roomClient(context)
    await client.join(ROOM)
    const changes: unknown[] = []
    witness.socket.on('room:presence', (change) => changes.push(change))
    await witness.ask('ping', undefined)
    changes.length = 0
    client.socket.disconnect()
    const again = await roomClient(context, client.token)
    await again.join(ROOM)
    await witness.ask('ping', undefined)
    expect(changes).toEqual([])
    expect((await witness.join(ROOM)).members).toHaveLength(2)
    await again.ask('room:leave', { room: ROOM })
    await vi.waitFor(() => {
      expect(changes).toMatchObject([{ isPresent: false }])
    })
  })
})

describe('two servers on one file', () => {
  it('show all members of a room one order', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 10 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const [here, there] = [await roomClient(first), await roomClient(second)]
    await here.join(ROOM)
    expect((await there.join(ROOM)).members).toHaveLength(2)
    await Promise.all(range(1, 40).map((index) => (index % 2 ? here : there).send(ROOM, index)))
    await vi.waitFor(() => {
      expect(here.seen).toHaveLength(40)
      expect(there.seen).toHaveLength(40)
    })
    expect(here.seen).toEqual(there.seen)
    expect(here.seen.map(({ seq }) => seq)).toEqual(range(1, 40))
  })

  it('commit nothing of a session that has ended on the other', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 60_000 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const client = await roomClient(first)
    const session = await second.server.sessions.findByToken(client.token)
    await second.server.sessions.end(session?.id ?? '')
    await expect(client.send(ROOM, 'too late')).rejects.toMatchObject({ code: 'token_invalid' })
    const { messages } = await (await roomClient(second)).join(ROOM)
    expect(messages).toEqual([])
  })

  it('close the connections of a session that has ended on the other', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 20 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const client = await roomClient(first)
    const ended = new Promise((resolve) => client.socket.once('session:ended', resolve))
    const session = await second.server.sessions.findByToken(client.token)
    await second.server.sessions.end(session?.id ?? '')
    expect(await ended).toEqual({ code: 'ended' })
  })

  it('tell a connection to one that its session signed in on the other', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 20 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const client = await roomClient(first)
    const changed = new Promise((resolve) => client.socket.once('session:changed', resolve))
    const session = await second.server.sessions.findByToken(client.token)
    await second.server.sessions.signIn(session?.id ?? '', 'sara')
    expect(await changed).toEqual({ userId: 'sara', isLoggedIn: true })
  })
})

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
