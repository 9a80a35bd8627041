import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { Server } from 'socket.io'
import type { RealtimeServer } from '../src/index.js'
import { kinds } from './support/openStores.js'
import { ROOM } from './support/roomClient.js'
import { twoServers } from './support/serversOnStore.js'

const CHANNEL = `room:${ROOM}`

/** The server with events of no contract, as a plain app of Socket.IO uses it. */
const plain = ({ server: { io } }: { server: { io: RealtimeServer } }): Server => io as never

describe.each(kinds)('Socket.IO on several servers with %s', (kind) => {
  it('reaches everyone, a room, and all but some, once and in order', async () => {
    await using context = await twoServers(kind)
    const { first, here, there } = context
    const io = plain(first)
    const long = 'x'.repeat(20_000)
    io.emit('app:all', 1, long)
    io.to(CHANNEL).emit('app:room', 2)
    io.to('room:public:empty').emit('app:nobody')
    io.to(CHANNEL).except(there.id).emit('app:here', 3)
    io.local.emit('app:here', 4)
    io.to(there.id).emit('app:there', 5)
    plain(first).sockets.sockets.get(here.id)?.broadcast.emit('app:others', 6)
    io.emit('app:end')
    const common = [
      ['app:all', 1, long],
      ['app:room', 2],
    ]
    await vi.waitFor(() => {
      expect(here.heard).toEqual([...common, ['app:here', 3], ['app:here', 4], ['app:end']])
      expect(there.heard).toEqual([...common, ['app:there', 5], ['app:others', 6], ['app:end']])
    })
  })

  it('sends binary data as it is', async () => {
    await using context = await twoServers(kind)
    const { first, here, there } = context
    const payload = { bytes: Buffer.from([0, 255]), list: [new Uint8Array([1, 2]).buffer] }
    plain(first).emit('app:bytes', payload)
    for (const { heard } of [here, there]) {
      await vi.waitFor(() => {
        expect(heard).toHaveLength(1)
      })
      const [, got] = heard[0] as [string, typeof payload]
      expect([...Buffer.from(got.bytes)]).toEqual([0, 255])
      expect([...new Uint8Array(got.list[0] ?? new ArrayBuffer())]).toEqual([1, 2])
    }
  })

  it('refuses what cannot be sent, and nobody gets it', async () => {
    await using context = await twoServers(kind)
    const { first, here, there } = context
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(() => plain(first).emit('app:circle', circle)).toThrow(TypeError)
    const tooLong = 'x'.repeat(17 * 1024 * 1024)
    expect(() => plain(first).emit('app:long', tooLong)).toThrow(
      expect.objectContaining({ name: 'UsageError', code: 'payload_too_large' }),
    )
    plain(first).emit('app:end')
    await vi.waitFor(() => {
      expect([here.heard, there.heard]).toEqual([[['app:end']], [['app:end']]])
    })
  })

  it('lets connections join and leave Socket.IO rooms, and ends them', async () => {
    await using context = await twoServers(kind)
    const { first, second, here, there } = context
    const io = plain(first)
    io.socketsJoin('app:extra')
    io.to('app:extra').emit('app:joined')
    io.in(there.id).socketsLeave('app:extra')
    io.to('app:extra').emit('app:still')
    await vi.waitFor(() => {
      expect(here.heard).toEqual([['app:joined'], ['app:still']])
      expect(there.heard).toEqual([['app:joined']])
    })
    const gone = new Promise((resolve) => there.socket.once('disconnect', resolve))
    io.in(there.id).disconnectSockets()
    expect(await gone).toBe('io server disconnect')
    expect(here.socket.connected).toBe(true)
    expect(plain(second).sockets.sockets.size).toBe(0)
  })

  it('shows who is typing, with the latest word of each', async () => {
    await using context = await twoServers(kind)
    const { here, there } = context
    for (const isTyping of [true, false, true])
      await here.ask('room:typing', { room: ROOM, isTyping })
    await vi.waitFor(() => {
      expect(there.heard.at(-1)?.[1]).toMatchObject({ room: ROOM, isTyping: true })
    })
    expect(there.heard.length).toBeLessThanOrEqual(3)
    expect(here.heard).toEqual([])
  })
})

describe.runIf(kinds.length > 1)('questions to several servers with PostgreSQL', () => {
  it('are answered by all of them, without tokens', async () => {
    await using context = await twoServers('PostgreSQL')
    const { first, here, there } = context
    const found = await plain(first).in(CHANNEL).fetchSockets()
    expect(found.map(({ id }) => id).sort()).toEqual([here.id, there.id].sort())
    const remote = found.find(({ id }) => id === there.id)
    expect(remote?.rooms.has(CHANNEL)).toBe(true)
    expect(remote?.data).toMatchObject({ isLoggedIn: false })
    remote?.emit('app:remote', 1)
    await vi.waitFor(() => {
      expect(there.heard).toEqual([['app:remote', 1]])
    })
  })

  it('are answered without the secrets of a handshake', async () => {
    await using context = await twoServers('PostgreSQL')
    const { first, second } = context
    const secret = 'a secret'
    const namespace = plain(second).of('/mine')
    const connected = new Promise((resolve) => namespace.once('connection', resolve))
    plain(first).of('/mine')
    const manager = second.client({
      query: { token: secret, locale: 'fa' },
      extraHeaders: { cookie: `id=${secret}`, authorization: secret, 'x-own': 'kept' },
    }).io
    const socket = manager.socket('/mine', { auth: { token: secret } }).connect()
    await connected
    const [remote] = await plain(first).of('/mine').fetchSockets()
    socket.close()
    expect(remote?.handshake.headers['x-own']).toBe('kept')
    expect(remote?.handshake.query.locale).toBe('fa')
    expect(inspect(remote?.handshake, { depth: 5 })).not.toMatch(/a(%20|\+| )secret/)
  })

  it('collects the acknowledgements of clients at all of them', async () => {
    await using context = await twoServers('PostgreSQL')
    const { first, here, there } = context
    const answer = (name: string) => (_payload: unknown, done: (answer: string) => void) => {
      done(name)
    }
    here.socket.on('app:ask' as 'connected', answer('here') as never)
    there.socket.on('app:ask' as 'connected', answer('there') as never)
    const answers = (await plain(first).timeout(5_000).emitWithAck('app:ask', 1)) as string[]
    expect(answers.sort()).toEqual(['here', 'there'])
  })

  it('calls back with what the other servers answer', async () => {
    await using context = await twoServers('PostgreSQL')
    const { first, second } = context
    plain(second).on('app:count', (given: number, done: (count: number) => void) => {
      done(given + 1)
    })
    expect(await plain(first).serverSideEmitWithAck('app:count', 1)).toEqual([2])
  })

  it('do not wait for a namespace that only one of them has', async () => {
    await using context = await twoServers('PostgreSQL')
    const io = plain(context.first)
    expect(await io.of('/mine').fetchSockets()).toEqual([])
    expect(await io.of('/mine').timeout(5_000).emitWithAck('app:ask')).toEqual([])
  })

  it('go only to servers that run', async () => {
    await using context = await twoServers('PostgreSQL')
    const { first, second, here } = context
    await second.server.close()
    await expect.poll(() => first.server.io.sockets.adapter.serverCount()).toBe(1)
    expect((await plain(first).fetchSockets()).map(({ id }) => id)).toEqual([here.id])
  })
})
