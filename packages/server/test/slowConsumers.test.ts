import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { missMembers } from '../src/rooms/missedNews.js'
import { defaultLimits } from '../src/shared/limits.js'
import type { Limits } from '../src/shared/limits.js'
import { flowOf } from '../src/socketio/flow.js'
import { connectWithoutReading, textFrame } from './support/bareWebSocket.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const TEXT = 'x'.repeat(10_000)

/** The defaults of two limits that startServer() would raise. */
const { commandBurstPerSession, packetBurst } = defaultLimits
const limits = { commandBurstPerSession, packetBurst }

type Member = Awaited<ReturnType<typeof roomClient>>

/** A room with members over both transports, and a record of those that were disconnected. */
async function roomWith(count: number, more: Partial<Limits> = {}) {
  const context = await startServer({ limits: { ...limits, ...more } })
  const cut: string[] = []
  const members: Member[] = []
  for (const index of range(1, count)) {
    const transport = index % 2 === 0 ? 'polling' : 'websocket'
    const member = await roomClient(context, undefined, [transport])
    member.socket.on('disconnect', (reason) => cut.push(`${transport}: ${reason}`))
    await member.join(ROOM)
    members.push(member)
  }
  return { context, members, cut, [Symbol.asyncDispose]: () => context[Symbol.asyncDispose]() }
}

function expectAll(members: readonly Member[], count: number): Promise<void> {
  return vi.waitFor(
    () => {
      for (const { seen } of members) {
        expect(seen.map(({ seq }) => seq)).toEqual(range(1, count))
      }
    },
    { timeout: 10_000, interval: 50 },
  )
}

describe('members that read', () => {
  it('are not cut by 60 messages of 10 kB of one anonymous sender, and get all of them', async () => {
    await using room = await roomWith(40)
    const sender = await roomClient(room.context)
    await Promise.all(range(1, 60).map(() => sender.send(ROOM, TEXT)))
    await expectAll(room.members, 60)
    expect(room.cut).toEqual([])
  })

  it('are not cut by 40 messages of 10 kB that are published in one turn, and get all of them', async () => {
    await using room = await roomWith(10)
    await Promise.all(range(1, 40).map(() => room.context.server.publish(ROOM, TEXT)))
    await expectAll(room.members, 40)
    expect(room.cut).toEqual([])
  })

  it('are not cut by what an app emits in one turn, whatever it is', async () => {
    await using room = await roomWith(4)
    const { io } = room.context.server
    const heard = new Map<Member, number>()
    for (const member of room.members) {
      member.socket.on('connected', () => heard.set(member, (heard.get(member) ?? 0) + 1))
    }
    for (let count = 0; count < 100; count++) {
      io.emit('connected', { message: 'x'.repeat(60_000), socketId: '', isLoggedIn: false })
    }
    await vi.waitFor(
      () => {
        expect(room.members.map((member) => heard.get(member))).toEqual([100, 100, 100, 100])
      },
      { timeout: 20_000, interval: 50 },
    )
    expect(room.cut).toEqual([])
  })

  it('get a burst of a room in one write', async () => {
    await using room = await roomWith(1, { presenceIntervalMs: 60_000 }) // no event but messages
    const [connection] = room.context.server.io.sockets.sockets.values()
    const { socket } = connection?.conn.transport as unknown as {
      socket: { _socket: { _write(): void; _writev(): void } }
    }
    await pass(20)
    const one = vi.spyOn(socket._socket, '_write')
    const many = vi.spyOn(socket._socket, '_writev')
    await Promise.all(range(1, 20).map((n) => room.context.server.publish(ROOM, n)))
    await expectAll(room.members, 20)
    expect(one.mock.calls.length + many.mock.calls.length).toBe(1)
  })
})

describe('a slow consumer of a room', () => {
  /** A member over WebSocket whose reading can be paused. */
  async function pausable(context: Awaited<ReturnType<typeof startServer>>) {
    const member = await roomClient(context)
    await member.join(ROOM)
    const heads: number[] = []
    member.socket.on('room:head', (payload) => heads.push(payload.heads[0]?.seq ?? 0))
    const { ws } = member.socket.io.engine.transport as unknown as {
      ws: { _socket: { pause(): void; resume(): void } }
    }
    return { ...member, heads, tcp: ws._socket }
  }

  // How much the kernel takes before the consumer counts as slow depends on what else runs.
  it(
    'gets the head of the room in place of messages, once it has read what it was sent',
    { retry: 2 },
    async () => {
      await using context = await startServer()
      const slow = await pausable(context)
      const other = await roomClient(context)
      await other.join(ROOM)
      await slow.ask('echo', 'x'.repeat(10_000)) // shows that it can answer
      slow.tcp.pause()
      for (let count = 0; count < 300; count++) await context.server.publish(ROOM, TEXT)
      await expectAll([other], 300)
      slow.tcp.resume()
      await vi.waitFor(() => {
        expect(slow.heads).toContain(300)
      })
      const seqs = slow.seen.map(({ seq }) => seq)
      expect(seqs).toEqual(range(1, seqs.length))
      expect(seqs.length * TEXT.length).toBeGreaterThan(200_000)
      expect(seqs.length * TEXT.length).toBeLessThan(1024 * 1024)

      await context.server.publish(ROOM, 'next')
      await vi.waitFor(() => {
        expect(slow.seen.at(-1)?.seq).toBe(301)
      })
    },
  )

  it('gets the members of the moment once it reads again, and no typing events', async () => {
    await using context = await startServer({ limits: { presenceIntervalMs: 1 } })
    const slow = await pausable(context)
    const other = await roomClient(context)
    const heard: unknown[] = []
    const members = new Set<string>()
    const own = (await slow.join(ROOM)).members.map(({ id }) => id)
    slow.socket.on('room:presence', ({ present, gone, isWhole, memberCount }) => {
      if (isWhole) members.clear()
      for (const { id } of present) members.add(id)
      for (const id of gone) members.delete(id)
      heard.push([isWhole, memberCount])
    })
    slow.socket.on('room:typing', (event) => heard.push(event))
    await slow.ask('echo', 'x'.repeat(10_000))
    slow.tcp.pause()
    for (let count = 0; count < 100; count++) await context.server.publish(ROOM, TEXT)
    for (let count = 0; count < 20; count++) {
      await other.join(ROOM)
      await other.ask('room:typing', { room: ROOM, isTyping: true })
      await pass(5)
      await other.ask('room:leave', { room: ROOM })
      await pass(5)
    }
    const { members: listed } = await other.join(ROOM)
    await pass(20)
    slow.tcp.resume()
    await vi.waitFor(() => {
      expect(heard).toEqual([[true, 2]])
    })
    expect([...members].sort()).toEqual(listed.map(({ id }) => id).sort())
    expect(members).toContain(own[0])
  })

  it('gets the members of many rooms as fast as it reads, and not all at once', async () => {
    await using context = await startServer()
    const slow = await pausable(context)
    const rooms = range(1, 60).map((n) => `public:crowd${String(n)}`)
    for (const name of rooms) await slow.join(name)
    const lists: string[] = []
    slow.socket.on('room:presence', ({ room, memberCount }) => {
      if (memberCount === 300) lists.push(room)
    })
    await slow.ask('echo', 'x'.repeat(10_000))
    slow.tcp.pause()
    const connection = context.server.io.sockets.sockets.get(slow.socket.id ?? '')
    if (!connection) throw new Error('It is connected')
    const present = range(1, 300).map((n) => ({
      id: `user:${String(n)}`,
      presence: TEXT.slice(0, 80),
    }))
    const whole = { present, gone: [], memberCount: 300, membersVersion: 1 }
    const flow = flowOf(connection.conn)
    const backlogs: number[] = []
    for (let count = 0; count < 100; count++) await context.server.publish('public:crowd1', TEXT)
    for (const room of rooms) {
      missMembers(connection, room, () => {
        backlogs.push(flow?.backlog ?? Infinity)
        return { room, ...whole, isWhole: true }
      })
    }
    slow.tcp.resume()
    await vi.waitFor(
      () => {
        expect(lists.toSorted()).toEqual(rooms.toSorted())
      },
      { timeout: 10_000 },
    )
    expect(Math.max(...backlogs)).toBeLessThan(300_000)
  })

  it('hears nothing of a room that it has left', async () => {
    await using context = await startServer()
    const slow = await pausable(context)
    await slow.ask('echo', 'x'.repeat(10_000))
    slow.tcp.pause()
    for (let count = 0; count < 100; count++) await context.server.publish(ROOM, TEXT)
    const left = slow.ask('room:leave', { room: ROOM })
    await pass(50)
    slow.tcp.resume()
    await left
    await slow.ask('ping', undefined)
    expect(slow.heads).toEqual([])
  })
})

describe('a peer that does not read at all in a busy room', () => {
  const LARGE = 'x'.repeat(60_000)

  /**
   * Publishes until every peer is disconnected; returns the most bytes that were queued for one.
   */
  async function publishUntilCut(context: Awaited<ReturnType<typeof startServer>>) {
    let most = 0
    const { engine } = context.server.io
    for (let count = 0; count < 2_000 && engine.clientsCount > 0; count++) {
      for (const { conn } of context.server.io.sockets.sockets.values()) {
        most = Math.max(most, flowOf(conn)?.unsent ?? 0)
      }
      await context.server.publish(ROOM, LARGE)
      await pass(2)
    }
    expect(engine.clientsCount).toBe(0)
    return most
  }

  it('is cut though it never did, and little is held for it', async () => {
    await using context = await startServer({ limits: { unreadTimeoutMs: 500 } })
    const peer = await connectWithoutReading(context.url, (await context.acquire()).token)
    peer.write(textFrame(`420["room:join",{"room":"${ROOM}"}]`))
    await vi.waitFor(() => {
      expect(context.server.io.sockets.adapter.rooms.has(`room:${ROOM}`)).toBe(true)
    })
    expect(await publishUntilCut(context)).toBeLessThan(2 * 1024 * 1024)
  })

  it('is cut though it did before, and the kernel would take much more for it', async () => {
    await using context = await startServer({ limits: { unreadTimeoutMs: 500 } })
    const member = await roomClient(context)
    await member.join(ROOM)
    await member.ask('echo', TEXT)
    member.socket.io.reconnection(false)
    const { ws } = member.socket.io.engine.transport as unknown as {
      ws: { _socket: { pause(): void } }
    }
    ws._socket.pause()
    expect(await publishUntilCut(context)).toBeLessThan(2 * 1024 * 1024)
  })
})

describe('a client that asks for more than it reads', () => {
  it('is refused until it has read, and not cut', async () => {
    await using context = await startServer({ limits: { maxUnsentBytes: 100_000 } })
    const client = await roomClient(context)
    const { ws } = client.socket.io.engine.transport as unknown as {
      ws: { _socket: { pause(): void; resume(): void } }
    }
    ws._socket.pause()
    const outcomes: Promise<string>[] = []
    for (let count = 0; count < 200; count++) {
      const asked = client.ask('echo', 'x'.repeat(60_000))
      outcomes.push(
        asked.then(
          () => 'ok',
          (error: unknown) => (error as { code: string }).code,
        ),
      )
      if (count % 20 === 0) await pass(1)
    }
    const [connection] = context.server.io.sockets.sockets.values()
    await vi.waitFor(() => {
      expect(connection && flowOf(connection.conn)?.unsent).toBeGreaterThan(100_000)
    })
    await pass(200)
    ws._socket.resume()
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['ok', 'rate_limited']))
    expect(await client.ask('ping', undefined)).toBeDefined()
  })
})

describe('an app that emits more than a peer reads', () => {
  const CHUNK = 'x'.repeat(60_000)

  /** Emits events, with a turn of the event loop after each. */
  async function emitTo(context: Awaited<ReturnType<typeof startServer>>, count: number) {
    const { io } = context.server
    for (let index = 0; index < count; index++) {
      io.emit('connected', { message: CHUNK, socketId: '', isLoggedIn: false })
      await pass(1)
    }
  }

  it('has a peer reset as slow_consumer that does not read at all', async () => {
    await using context = await startServer()
    const logged = vi.spyOn(context.server.app.log, 'info')
    const { token } = await context.acquire()
    await connectWithoutReading(context.url, token)
    await vi.waitFor(() => {
      expect(context.server.io.sockets.sockets.size).toBe(1)
    })
    await emitTo(context, 200)
    await vi.waitFor(
      () => {
        expect(context.server.io.engine.clientsCount).toBe(0)
      },
      { timeout: 8_000, interval: 50 },
    )
    expect(logged.mock.calls).toContainEqual([
      expect.objectContaining({ limit: 'maxUnsentBytes', reason: 'slow_consumer' }),
      expect.any(String),
    ])
  })
})
