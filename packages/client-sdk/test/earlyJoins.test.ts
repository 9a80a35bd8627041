import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { startServer } from './support/server.js'

type Context = Awaited<ReturnType<typeof startServer>>

/** A client, and the names of the commands that it has sent. */
function watched(context: Context) {
  const sent: string[] = []
  const onTrace = (event: TraceEvent): void => {
    if (event.type === 'send') sent.push(event.name)
  }
  const client = context.client({ onTrace })
  const joins = (): number => sent.filter((name) => name === 'room:join').length
  return { client, joins }
}

function cut({ server }: Context): void {
  for (const { conn } of server.io.sockets.sockets.values()) conn.close()
}

/** From now on, the server behaves as one that knows of no joins beside the token. */
function growOld({ server }: Context): void {
  server.io.use(({ handshake }, next) => {
    delete handshake.auth.joins
    next()
  })
}

describe('rooms that are wanted before there is a connection', () => {
  it('are joined by the handshake, and again by the next one, with all that was missed', async () => {
    await using context = await startServer()
    const { client, joins } = watched(context)
    const names = ['public:a', 'public:b', 'public:c'] as const
    const rooms = names.map((name) => client.room(name))
    const connected = client.connect()
    const joined = rooms.map((room) => room.join({ presence: { seat: 1 } }))
    await connected
    await Promise.all(joined)
    expect(rooms[0]?.getSnapshot().members).toMatchObject([{ presence: { seat: 1 } }])
    await context.server.publish('public:a', 'first')
    await eventually(() => {
      expect(rooms[0]?.getSnapshot().messages).toHaveLength(1)
    })

    const lost = client.whenStatus('reconnecting')
    cut(context)
    await lost
    for (const text of ['second', 'third']) await context.server.publish('public:a', text)
    await eventually(() => {
      expect(rooms.map((room) => room.getSnapshot().state)).toEqual(['joined', 'joined', 'joined'])
      expect(rooms[0]?.getSnapshot().messages).toHaveLength(3)
    })
    const { messages, continuity } = rooms[0]?.getSnapshot() ?? {}
    expect(messages?.map(({ data }) => data)).toEqual(['first', 'second', 'third'])
    expect(continuity?.kind).not.toBe('reset')
    await context.server.publish('public:c', 'live')
    await eventually(() => {
      expect(rooms[2]?.getSnapshot().messages).toHaveLength(1)
    })
    expect(joins()).toBe(0)
  })

  it('are joined afterwards where the server knows of no such joins', async () => {
    await using context = await startServer()
    growOld(context)
    const { client, joins } = watched(context)
    const connected = client.connect()
    const joined = client.room('public:a').join()
    await connected
    expect(await joined).toMatchObject({ state: 'joined', memberCount: 1 })
    expect(joins()).toBe(1)
  })

  it('are joined though they are more than a handshake takes', async () => {
    await using context = await startServer()
    const { client, joins } = watched(context)
    const rooms = Array.from({ length: 40 }, (_, index) => client.room(`public:${String(index)}`))
    const connected = client.connect()
    const joined = rooms.map((room) => room.join())
    await connected
    for (const { state } of await Promise.all(joined)) expect(state).toBe('joined')
    expect(joins()).toBe(8)
  })

  it('say each by itself that they are forbidden', async () => {
    await using context = await startServer({
      authorize: (_session, _action, { name }) => name !== 'public:ward',
    })
    const { client, joins } = watched(context)
    const [ward, lobby] = [client.room('public:ward'), client.room('public:lobby')]
    const connected = client.connect()
    const refused = expect(ward.join()).rejects.toMatchObject({ code: 'room_forbidden' })
    const joined = lobby.join()
    await connected
    await refused
    expect(await joined).toMatchObject({ state: 'joined' })
    expect(ward.getSnapshot()).toMatchObject({ state: 'left', error: { code: 'room_forbidden' } })
    expect(joins()).toBe(0)
  })

  it('are left where nobody wants them any more once the server has admitted', async () => {
    await using context = await startServer()
    const { io } = context.server
    let admit: (() => void) | undefined
    io.use((_socket, next) => {
      admit = next
    })
    const { client } = watched(context)
    const [left, kept] = [client.room('public:left'), client.room('public:kept')]
    const connected = client.connect()
    const given = expect(left.join()).rejects.toMatchObject({ code: 'aborted' })
    const joined = kept.join()
    await eventually(() => {
      expect(admit).toBeDefined()
    })
    await left.leave()
    await given
    admit?.()
    await connected
    await joined
    await eventually(() => {
      const rooms = [...io.sockets.adapter.rooms.keys()].filter((name) => name.includes('public:'))
      expect(rooms).toHaveLength(1)
    })
  })

  it('do not keep a client out of a server that reads less in a packet', async () => {
    await using context = await startServer({ limits: { maxPacketKeys: 12 } })
    const { client, joins } = watched(context)
    const rooms = Array.from({ length: 12 }, (_, index) => client.room(`public:${String(index)}`))
    const connected = client.connect()
    const joined = rooms.map((room) => room.join({ timeoutMs: 20_000 }))
    await connected
    for (const { state } of await Promise.all(joined)) expect(state).toBe('joined')
    expect(joins()).toBe(12)
  })
})
