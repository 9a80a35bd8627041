import { afterEach, describe, expect, it, vi } from 'vitest'
import { isYektaYarError } from '../src/index.js'
import { RoomPresence } from '../src/rooms/roomPresence.js'
import { eventually } from './support/eventually.js'
import { serveOnly } from './support/serveOnly.js'
import { rejection } from './support/server.js'

const ROOM = 'public:lobby'

const message = (seq: number, epoch = 'e') => ({
  ...{ room: ROOM, epoch, seq, id: `m${String(seq)}`, from: 'user:a', data: seq },
  at: '2030-01-01T00:00:00.000Z',
})

function joined(seq: number, given: object = {}) {
  const messages = seq > 0 ? [message(seq)] : []
  const members = { members: [], memberCount: 0, membersVersion: 0 }
  return { room: ROOM, epoch: 'e', seq, messages, more: seq > 1, ...members, ...given }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a room of which the answer is no page', () => {
  it.each([
    [null],
    [5],
    ['text'],
    [{}],
    [[]],
    [joined(1, { messages: null })],
    [joined(1, { messages: [null] })],
    [joined(1, { messages: [{ seq: '1', id: 'a', epoch: 'e' }] })],
    [joined(1, { members: null })],
    [joined(1, { members: [null] })],
    [joined(1, { members: [{ id: 7 }] })],
    [joined(1, { epoch: 7 })],
    [joined(1, { seq: null })],
  ])('says so and tries again: %j', async (first) => {
    const answers: unknown[] = [first]
    const handlers = { 'room:join': () => (answers.length > 0 ? answers.pop() : joined(1)) }
    await using server = await serveOnly(handlers)
    const room = server.client.room(ROOM)
    const errors: unknown[] = []
    room.subscribe(({ error }) => error && errors.push(error))
    await room.join()
    expect(errors[0]).toMatchObject({ code: 'invalid_answer' })
    expect(errors.every(isYektaYarError)).toBe(true)
    expect(room.messages).toHaveLength(1)
    expect(room.error).toBeNull()
  })

  it.each([[null], [[null]], [{}], [joined(1, { messages: [null] })]])(
    'refuses what loads older messages: %j',
    async (page) => {
      const handlers = { 'room:join': () => joined(5), 'room:history': () => page }
      await using server = await serveOnly(handlers)
      const room = server.client.room(ROOM)
      await room.join()
      expect(await rejection(room.loadOlder())).toMatchObject({ code: 'invalid_answer' })
      expect(await rejection(room.history())).toMatchObject({ code: 'invalid_answer' })
      expect(room.messages).toHaveLength(1)
      expect(room.state).toBe('joined')
    },
  )
})

describe('a server that leads nowhere is not asked for ever', () => {
  it('with pages that have nothing new', async () => {
    const page = { room: ROOM, epoch: 'e', messages: [message(1)], more: true }
    await using server = await serveOnly({
      'room:join': (_input, socket) => {
        setTimeout(() => {
          socket.emit('room:head', { heads: [{ room: ROOM, epoch: 'e', seq: 100 }] })
        }, 5)
        return joined(1)
      },
      'room:history': () => page,
    })
    server.client
      .room(ROOM)
      .join()
      .catch(() => undefined)
    await sleep(1_000)
    expect(server.count('room:join')).toBeGreaterThan(1)
    expect(server.count('room:history') + server.count('room:join')).toBeLessThan(40)
  })

  it('with a head of another log beside each join', async () => {
    await using server = await serveOnly({
      'room:join': (_input, socket) => {
        socket.emit('room:head', { heads: [{ room: ROOM, epoch: 'another', seq: 100 }] })
        return joined(1)
      },
    })
    server.client
      .room(ROOM)
      .join()
      .catch(() => undefined)
    await sleep(1_000)
    expect(server.count('room:join')).toBeGreaterThan(1)
    expect(server.count('room:join')).toBeLessThan(20)
  })

  it.each([-5, 0.001])('with a pause of %d ms', async (retryAfterMs) => {
    await using server = await serveOnly({ 'outbox:deliver': () => ({ retryAfterMs }) })
    server.client.sendMessage('x').catch(() => undefined)
    await sleep(500)
    expect(server.count('outbox:deliver')).toBeGreaterThan(1)
    expect(server.count('outbox:deliver')).toBeLessThan(40)
    server.client.outbox.clear()
  })
})

it('keeps as many messages of a join as of a live room', async () => {
  const messages = Array.from({ length: 3_000 }, (_, index) => message(index + 1))
  await using server = await serveOnly({
    'room:join': () => joined(3_000, { messages, more: false }),
  })
  const room = server.client.room(ROOM)
  await room.join()
  expect(room.messages).toHaveLength(500)
  expect(room.messages.at(-1)?.seq).toBe(3_000)
  expect(room.hasOlder).toBe(true)
})

it.each([null, undefined, 5, 'x', [], {}, { userId: 7, sessionId: 'a' }, { userId: 'a' }])(
  'is not harmed by a change of its session to %j',
  async (payload) => {
    await using server = await serveOnly({ echo: () => 'still here' })
    server.emit('session:changed', payload)
    server.emit('room:presence', payload)
    expect(await server.client.call('echo', 1)).toBe('still here')
    expect(server.client.session.userId).toBeNull()
  },
)

describe('a signal that is none', () => {
  it.each([
    ['a controller', new AbortController()],
    ['an object', {}],
    ['a text', 'abort'],
  ])('is refused wherever one is taken, and leaves no timer: %s', async (_what, signal) => {
    await using server = await serveOnly({ 'room:join': () => joined(0) })
    const { client } = server
    const room = client.room(ROOM)
    const options = { signal, timeoutMs: 20 } as never
    const calls = [
      client.connect(options),
      client.whenStatus('idle', options),
      client.echo(1, options),
      client.sendMessage(1, options),
      client.ping(options),
      room.join(options),
      room.send(1, options),
      client.session.signIn({ userId: 'a', password: 'b' }, options),
      client.session.list(options),
    ]
    for (const failed of await Promise.all(calls.map(rejection))) {
      expect(failed).toMatchObject({ code: 'invalid_options', message: /signal/ as never })
    }
    await sleep(60)
    expect(client.outbox.getSnapshot().items).toEqual([])
    expect(client.status).toBe('connected')
  })
})

it('a stream of events with a signal that is none is refused, and listens to nothing', async () => {
  await using server = await serveOnly({})
  const on = vi.spyOn(server.client, 'on')
  expect(() => server.client.events('room:message', { signal: {} as never })).toThrow(
    expect.objectContaining({ code: 'invalid_options' }) as Error,
  )
  expect(on).not.toHaveBeenCalled()
})

it('takes no options as none, also from plain JavaScript', async () => {
  await using server = await serveOnly({ 'room:join': () => joined(1), ping: () => ({}) })
  const room = server.client.room(ROOM)
  await room.join(null as never)
  expect(room.state).toBe('joined')
  await expect(server.client.call('echo', 1, null as never)).rejects.toMatchObject({
    code: 'invalid_options',
  })
})

describe('a clock that goes back', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  it('does not keep who types from being told', async () => {
    await using server = await serveOnly({ 'room:join': () => joined(0) })
    const room = server.client.room(ROOM)
    await room.join()
    room.typing(true)
    const later = performance.now() + 4_000
    vi.spyOn(performance, 'now').mockImplementation(() => later)
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 60 * 60_000)
    room.typing(true)
    room.typing(true)
    vi.restoreAllMocks()
    await eventually(() => {
      expect(server.count('room:typing')).toBe(2)
    })
  })

  it('does not keep who typed in the list', () => {
    vi.useFakeTimers({ now: 1e12 })
    const deps = { isSelf: () => false, changed: () => undefined }
    const presence = new RoomPresence(deps)
    presence.typing('user:b', true)
    vi.setSystemTime(1e12 - 60 * 60_000)
    expect(presence.typists).toEqual(['user:b'])
    vi.advanceTimersByTime(15_000)
    expect(presence.typists).toEqual([])
  })
})
