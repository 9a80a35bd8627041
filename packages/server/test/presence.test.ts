import type { CommandOutput, RoomPresence } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'

type Context = Awaited<ReturnType<typeof startServer>>
type Joined = CommandOutput<'room:join'>

const limits = { presenceIntervalMs: 20, storePollMs: 10, nodeHeartbeatMs: 20 }

/** Somebody in the room, with what they know of its members. */
async function member(context: Context, presence?: unknown, token?: string) {
  const client = await roomClient(context, token)
  const session = await context.server.sessions.findByToken(client.token)
  const changes: RoomPresence[] = []
  const known = new Map<string, unknown>()
  const take = ({ present, gone, isWhole }: Omit<RoomPresence, 'room'>) => {
    if (isWhole) known.clear()
    for (const one of present) known.set(one.id, one.presence)
    for (const id of gone) known.delete(id)
  }
  client.socket.on('room:presence', (change) => {
    changes.push(change)
    take(change)
  })
  const join = async () => {
    const joined = (await client.ask('room:join', { room: ROOM, presence })) as Joined
    take({ ...joined, present: joined.members, gone: [], isWhole: true })
    return joined
  }
  const joined = await join()
  return {
    ...client,
    id: `session:${session?.id ?? ''}`,
    sessionId: session?.id ?? '',
    joined,
    again: join,
    changes,
    known,
    set: (value: unknown) => client.ask('presence:set', { room: ROOM, presence: value }),
  }
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

describe('presence', () => {
  it('is of people and not of connections', async () => {
    await using context = await startServer({ limits: { ...limits, presenceGraceMs: 10 } })
    const witness = await member(context)
    const first = await member(context)
    const second = await member(context, undefined, first.token)
    expect(first.joined.memberCount).toBe(2)
    expect(second.joined.memberCount).toBe(2)
    first.socket.disconnect()
    await pass(60)
    expect([...witness.known.keys()]).toEqual([witness.id, first.id])
    second.socket.disconnect()
    await vi.waitFor(() => {
      expect([...witness.known.keys()]).toEqual([witness.id])
    })
  })

  it('has what each has set last, on any of their connections', async () => {
    await using context = await startServer({ limits })
    const witness = await member(context, 'witness')
    expect(witness.joined.members).toEqual([{ id: witness.id, presence: 'witness' }])
    const first = await member(context, { name: 'Sara' })
    const second = await member(context, undefined, first.token)
    expect(second.joined.members).toContainEqual({ id: first.id, presence: { name: 'Sara' } })
    await vi.waitFor(() => {
      expect(witness.known.get(first.id)).toEqual({ name: 'Sara' })
    })
    await second.set({ name: 'Sara B.' })
    await first.again() // as it was
    await second.set(null)
    await vi.waitFor(() => {
      expect(witness.known.get(first.id)).toBeNull()
    })
    expect(witness.changes.at(-1)).toMatchObject({ room: ROOM, memberCount: 2, gone: [] })
  })

  it('is told in few events, however many come at once', async () => {
    await using context = await startServer({ limits: { ...limits, presenceIntervalMs: 50 } })
    const witness = await member(context)
    const clients = await Promise.all(range(1, 40).map(() => roomClient(context)))
    await Promise.all(clients.map((client) => client.join(ROOM)))
    await vi.waitFor(() => {
      expect(witness.known.size).toBe(41)
    })
    expect(witness.changes.length).toBeLessThan(20)
    expect(witness.changes.at(-1)?.memberCount).toBe(41)
  })

  it.each([
    ['one is too large', 'room:join', 'é'.repeat(512), 'Too large: at most 1024 bytes of JSON'],
    [
      'one is too large later',
      'presence:set',
      'x'.repeat(1_023),
      'Too large: at most 1024 bytes of JSON',
    ],
    ['there is none', 'presence:set', undefined, 'Invalid input'],
  ])('is refused where %s, and stays as it was', async (_what, name, presence, message) => {
    await using context = await startServer({ limits })
    const client = await member(context, 'before')
    await expect(client.ask(name, { room: ROOM, presence })).rejects.toMatchObject({
      code: 'invalid_input',
      data: { issues: [{ path: 'presence', message }] },
    })
    expect((await client.ask('room:join', { room: ROOM })) as Joined).toMatchObject({
      members: [{ id: client.id, presence: 'before' }],
    })
  })

  it('is of those who are in the room', async () => {
    await using context = await startServer({ limits })
    const client = await roomClient(context)
    const setting = client.ask('presence:set', { room: ROOM, presence: 1 })
    await expect(setting).rejects.toMatchObject({ code: 'conflict' })
  })

  it('goes on under the name of the user who signs in, in one change', async () => {
    await using context = await startServer({ limits })
    const witness = await member(context)
    const client = await member(context, { name: 'Sara' })
    await vi.waitFor(() => {
      expect(witness.known.get(client.id)).toEqual({ name: 'Sara' })
    })
    const told = witness.changes.length
    const { sessions } = context.server
    const socketId = client.socket.id
    await sessions.signIn(client.sessionId, 'sara', { socketId })
    await vi.waitFor(() => {
      expect(witness.changes).toHaveLength(told + 1)
    })
    expect(witness.changes[told]).toMatchObject({
      memberCount: 2,
      present: [{ id: 'user:sara', presence: { name: 'Sara' } }],
      gone: [client.id],
    })
  })
})

describe('the end of presence', () => {
  it('is not a short absence', async () => {
    await using context = await startServer({ limits })
    const witness = await member(context)
    const client = await member(context)
    await vi.waitFor(() => {
      expect(witness.known.size).toBe(2)
    })
    const told = witness.changes.length
    client.socket.io.engine.close()
    await pass(60)
    await member(context, undefined, client.token)
    await pass(60)
    expect(witness.changes).toHaveLength(told)
  })

  const ends: [
    string,
    (client: Awaited<ReturnType<typeof member>>, context: Context) => unknown,
  ][] = [
    ['leaves', (client) => client.ask('room:leave', { room: ROOM })],
    ['disconnects', (client) => client.socket.disconnect()],
    ['ends the session', ({ sessionId }, { server }) => server.sessions.end(sessionId)],
    [
      'signs in elsewhere',
      ({ sessionId }, { server }) => server.sessions.signIn(sessionId, 'sara'),
    ],
  ]
  it.each(ends)('is at once where one %s', async (_what, end) => {
    await using context = await startServer({ limits })
    const witness = await member(context)
    const client = await member(context)
    await vi.waitFor(() => {
      expect(witness.known.size).toBe(2)
    })
    await end(client, context)
    await vi.waitFor(() => {
      expect([...witness.known.keys()]).toEqual([witness.id])
    })
  })
})

describe('presence at several servers on one file', () => {
  it('is the same everywhere', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using first = await startServer({ databaseUrl, limits })
    await using second = await startServer({ databaseUrl, limits })
    const here = await member(first, 'here')
    const there = await member(second, 'there')
    const both = [
      [here.id, 'here'],
      [there.id, 'there'],
    ].sort()
    for (const one of [here, there]) {
      await vi.waitFor(() => {
        expect([...one.known].sort()).toEqual(both)
      })
    }
    await here.set('changed')
    await vi.waitFor(() => {
      expect(there.known.get(here.id)).toBe('changed')
    })
    await there.ask('room:leave', { room: ROOM })
    await vi.waitFor(() => {
      expect([...here.known.keys()]).toEqual([here.id])
    })
    expect(here.changes.at(-1)?.memberCount).toBe(1)
  })

  it('outlasts a deploy for those who come back in its window, and ends for the others', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const short = { ...limits, presenceGraceMs: 300, drainRetryAfterMs: 300, nodeTimeoutMs: 60_000 }
    const first = await startServer({ databaseUrl, limits: short })
    await using second = await startServer({ databaseUrl, limits: short })
    const witness = await member(second)
    const comesBack = await member(first, 'back')
    const staysAway = await member(first, 'away')
    await vi.waitFor(() => {
      expect(witness.known.size).toBe(3)
    })
    await first[Symbol.asyncDispose]()
    await pass(250)
    const again = await member(second, undefined, comesBack.token)
    expect(again.joined.members).toContainEqual({ id: comesBack.id, presence: 'back' })
    expect(again.joined.memberCount).toBe(3)
    expect(witness.changes.flatMap(({ gone }) => gone)).toEqual([])
    await pass(60) // it is written
    await again.ask('room:leave', { room: ROOM })
    await vi.waitFor(() => {
      expect(witness.known.has(comesBack.id)).toBe(false)
    }, 200)
    expect(witness.known.has(staysAway.id)).toBe(true)
    await vi.waitFor(() => {
      expect([...witness.known.keys()]).toEqual([witness.id])
    }, 3_000)
  })
})
