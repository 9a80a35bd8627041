import type { Json, RoomMessage } from '@yektayar/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ClientRoom, RoomContinuity, YektaYarSocket } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { rejection, startServer } from './support/server.js'

const ROOM = 'public:lobby'
const unlimited = {
  limits: { commandsPerSessionPerSecond: 10_000, commandBurstPerSession: 10_000 },
}

afterEach(() => {
  vi.useRealTimers()
})

type Context = Awaited<ReturnType<typeof startServer>>

/** A client in a room, and what it heard there. */
async function enter(context: Context, client: YektaYarSocket = context.client(), name = ROOM) {
  const room = client.room(name)
  const seen: RoomMessage[] = []
  const continuities: RoomContinuity[] = []
  const resets: unknown[] = []
  room.on('message', (message) => seen.push(message))
  room.on('continuity', (continuity) => continuities.push(continuity))
  room.on('reset', (reset) => resets.push(reset))
  await client.connect()
  await room.join()
  return { client, room, seen, continuities, resets, data: () => dataOf(room) }
}

function dataOf(room: ClientRoom): Json[] {
  return room.messages.map(({ data }) => data)
}

/** Cuts all connections as a network does. */
function cut(context: Context): void {
  for (const { conn } of context.server.io.sockets.sockets.values()) conn.close()
}

describe('a room', () => {
  it('begins with its newest messages and goes on with each next one', async () => {
    await using context = await startServer()
    for (const text of ['a', 'b']) await context.server.publish(ROOM, text)
    const { room, seen, data, continuities } = await enter(context)
    expect(room).toMatchObject({ state: 'joined', isJoined: true, hasOlder: false, error: null })
    expect(data()).toEqual(['a', 'b'])
    await context.server.publish(ROOM, 'c')
    await eventually(() => {
      expect(data()).toEqual(['a', 'b', 'c'])
    })
    expect(seen.map(({ seq }) => seq)).toEqual([3])
    expect(room.position).toMatchObject({ seq: 3, id: seen[0]?.id })
    expect(continuities).toEqual([{ kind: 'continuous' }])
    expect(room.members).toHaveLength(1)
    expect(Object.isFrozen(room.snapshot)).toBe(true)
  })

  it('goes on from its position after a loss, and says how much it missed', async () => {
    await using context = await startServer()
    const { client, room, seen, data, continuities, resets } = await enter(context)
    await context.server.publish(ROOM, 'before')
    await eventually(() => {
      expect(data()).toEqual(['before'])
    })
    await client.disconnect()
    expect(room.state).toBe('joining')
    for (let index = 0; index < 450; index++) await context.server.publish(ROOM, index)
    await client.connect()
    await room.join()
    expect(room.continuity).toEqual({ kind: 'replayed', count: 450 })
    expect(seen.map(({ seq }) => seq)).toEqual(numbers(1, 451))
    cut(context)
    await client.whenStatus('reconnecting')
    await room.join()
    expect(continuities).toEqual([
      { kind: 'continuous' },
      { kind: 'replayed', count: 450 },
      { kind: 'continuous' },
    ])
    expect(resets).toEqual([])
  })

  it('is joined while much is published, without a gap or a repeat', async () => {
    await using context = await startServer(unlimited)
    const publishing = Promise.all(numbers(1, 400).map((n) => context.server.publish(ROOM, n)))
    const { room, seen } = await enter(context)
    await publishing
    await eventually(() => {
      expect(room.position?.seq).toBe(400)
    })
    const heard = seen.map(({ seq }) => seq)
    expect(heard).toEqual(numbers(401 - heard.length, 400))
    const kept = room.messages.map(({ seq }) => Number(seq))
    expect(kept).toEqual(numbers(kept[0] ?? 0, 400))
  })

  it('fetches what got lost on the way when the next message shows it', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 60_000 } })
    const { client, room, seen, data } = await enter(context)
    const listeners = swallow(client, 'room:message', ({ seq }) => seq === 2)
    for (const text of ['a', 'b', 'c']) await context.server.publish(ROOM, text)
    await eventually(() => {
      expect(data()).toEqual(['a', 'b', 'c'])
    })
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(listeners.swallowed()).toBe(1)
    expect(room.continuity).toEqual({ kind: 'continuous' })
  })

  it('fetches what got lost on the way when the room’s head shows it', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 50 } })
    const { client, data } = await enter(context)
    const listeners = swallow(client, 'room:message', () => true)
    await context.server.publish(ROOM, 'the last one')
    await eventually(() => {
      expect(data()).toEqual(['the last one'])
    })
    expect(listeners.swallowed()).toBeGreaterThan(0)
  })

  it('says once that there is a hole when its absence was too long', async () => {
    await using context = await startServer({
      limits: { roomRetentionMessages: 10, sweepIntervalMs: 20 },
    })
    await context.server.publish(ROOM, 'old')
    const { client, room, resets, data } = await enter(context)
    await client.disconnect()
    for (let index = 1; index <= 30; index++) await context.server.publish(ROOM, index)
    const reader = context.client()
    await reader.connect()
    await eventually(async () => {
      const { messages } = await reader.room(ROOM).history({ limit: 200 })
      expect(messages).toHaveLength(10)
    })
    await client.connect()
    await room.join()
    expect(resets).toEqual([{ reason: 'truncated' }])
    expect(room.continuity).toEqual({ kind: 'reset', reason: 'truncated' })
    expect(data()).toEqual(numbers(21, 30))
  })

  it('loads older pages before what it has', async () => {
    await using context = await startServer(unlimited)
    await Promise.all(numbers(1, 130).map((n) => context.server.publish(ROOM, n)))
    const { room } = await enter(context)
    expect(room.messages).toHaveLength(50)
    expect(room.hasOlder).toBe(true)
    expect(await room.loadOlder()).toBe(true)
    expect(await room.loadOlder()).toBe(false)
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(1, 130))
    expect(await room.loadOlder()).toBe(false)
    const page = await room.history({ before: 11, limit: 5 })
    expect(page.messages.map(({ seq }) => seq)).toEqual(numbers(6, 10))
  })

  it('keeps its newest 500 messages', async () => {
    await using context = await startServer(unlimited)
    const { room } = await enter(context)
    await Promise.all(numbers(1, 620).map((n) => context.server.publish(ROOM, n)))
    await eventually(() => {
      expect(room.position?.seq).toBe(620)
    })
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(121, 620))
    expect(room.hasOlder).toBe(true)
    await room.loadOlder({ limit: 200 })
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(1, 620))
  })
})

describe('own messages', () => {
  it('appear at once and take their place when they are stored, under one key', async () => {
    await using context = await startServer()
    const { room, data } = await enter(context)
    const sent = room.send('mine')
    const [pending] = room.messages
    expect(pending).toMatchObject({
      state: 'sending',
      id: null,
      seq: null,
      from: null,
      data: 'mine',
    })
    await context.server.publish(ROOM, 'theirs')
    const receipt = await sent
    await eventually(() => {
      expect(room.messages.map(({ state }) => state)).toEqual(['delivered', 'delivered'])
      expect(room.position?.seq).toBe(2)
    })
    expect(data().sort()).toEqual(['mine', 'theirs'])
    const own = room.messages.find(({ data }) => data === 'mine')
    expect(own).toMatchObject({ key: pending?.key, id: receipt.id, seq: receipt.seq })
    expect(own?.from).toMatch(/^session:/)
  })

  it('are answered by their command, in the sender’s own room too', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const { connection } = await client.call('status')
    const own = connection.rooms.find((name) => name.startsWith('session:')) ?? ''
    await client.room(own).join()
    expect(await client.sendMessage('hi')).toMatchObject({ success: true, data: 'hi' })
    expect(client.room(own).messages).toMatchObject([{ data: 'hi', state: 'delivered' }])
  })

  it('are never shown twice, whether the event or the receipt comes first', async () => {
    await using context = await startServer(unlimited)
    const { client, room } = await enter(context)
    const shown: string[][] = []
    room.on('change', ({ messages }) => shown.push(messages.map(({ data }) => data as string)))
    const sent = numbers(1, 40).map((n) => room.send(String(n)))
    cut(context)
    await Promise.all(sent)
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await eventually(() => {
      expect(room.position?.seq).toBe(40)
    })
    expect(room.messages.map(({ data }) => data)).toEqual(numbers(1, 40).map(String))
    for (const messages of shown) expect(new Set(messages).size).toBe(messages.length)
  })

  it('are shown as failed, and can be sent again', async () => {
    await using context = await startServer()
    const { client, room } = await enter(context)
    await client.disconnect()
    expect(await rejection(room.send('x', { timeoutMs: 1 }))).toMatchObject({ code: 'timeout' })
    const [failed] = room.messages
    expect(failed).toMatchObject({ state: 'failed', data: 'x', error: { code: 'timeout' } })
    await client.connect()
    await client.outbox.retry(failed?.key ?? '')
    await eventually(() => {
      expect(room.messages).toMatchObject([{ state: 'delivered', data: 'x', seq: 1 }])
    })
  })

  it('can be sent without being in the room', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    expect(await client.room(ROOM).send({ text: 'hi' })).toMatchObject({ room: ROOM, seq: 1 })
    expect(client.room(ROOM).messages).toEqual([])
  })
})

describe('people of a room', () => {
  it('come and go, and are members once', async () => {
    await using context = await startServer({ limits: { presenceGraceMs: 20 } })
    const first = await enter(context)
    const presences: unknown[] = []
    first.room.on('presence', ({ isPresent }) => presences.push(isPresent))
    const second = await enter(context)
    await eventually(() => {
      expect(first.room.members).toHaveLength(2)
    })
    expect(second.room.members).toHaveLength(2)
    await second.room.leave()
    await eventually(() => {
      expect(first.room.members).toHaveLength(1)
    })
    expect(presences).toEqual([true, false])
  })

  it('are seen typing until they send, stop, or are silent for long', async () => {
    await using context = await startServer()
    const [first, second] = [await enter(context), await enter(context)]
    const commands = vi.fn()
    context.server.io.sockets.sockets.forEach((socket) => socket.onAny(commands))
    const heard: boolean[] = []
    first.room.on('typing', ({ isTyping }) => heard.push(isTyping))
    for (let key = 0; key < 10; key++) second.room.typing(true)
    await eventually(() => {
      expect(first.room.typists).toHaveLength(1)
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
})

describe('handles on a room', () => {
  it('share what they show, and the last one leaves', async () => {
    await using context = await startServer()
    const { client, room } = await enter(context)
    const other = client.room(ROOM)
    await other.join()
    await other.join()
    expect(other.snapshot).toBe(room.snapshot)
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
    expect(dataOf(room)).toEqual(['unheard'])
  })

  it('come back in although they have only just left', async () => {
    await using context = await startServer()
    const { room, data } = await enter(context)
    void room.leave()
    await room.join()
    await context.server.publish(ROOM, 'heard')
    await eventually(() => {
      expect(data()).toEqual(['heard'])
    })
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

/** Loses events on their way from the socket to the client. */
function swallow(client: YektaYarSocket, name: string, isLost: (message: RoomMessage) => boolean) {
  let count = 0
  const { socket } = client
  const [deliver] = socket?.listenersAny() ?? []
  socket?.offAny()
  socket?.onAny((event: string, payload: unknown) => {
    if (event === name && isLost(payload as RoomMessage)) count++
    else (deliver as (event: string, payload: unknown) => void)(event, payload)
  })
  return { swallowed: () => count }
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
