import type { RoomMessage } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import type { TraceEvent, YektaYarSocket } from '../src/index.js'
import { enterRoom, ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { reconnect } from './support/reconnect.js'
import { startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

type Context = Awaited<ReturnType<typeof startServer>>

/** A client whose sent commands are recorded. */
function watched(context: Context) {
  const sent: string[] = []
  const onTrace = (event: TraceEvent): void => {
    if (event.type === 'send') sent.push(event.name)
  }
  return { client: context.client({ onTrace }), sent }
}

/** How many events of rooms arrive as packets. */
function countFrames(client: YektaYarSocket): { messages: number } {
  const count = { messages: 0 }
  client.socket?.io.engine.on('packet', ({ data }: { data?: unknown }) => {
    if (String(data).includes('"room:message"')) count.messages++
  })
  return count
}

describe('an own message', () => {
  it('comes once to everybody who listens, though the server sends it to others alone', async () => {
    await using context = await startServer()
    const { client, sent } = watched(context)
    const heard: string[] = []
    const note = (where: string) => (message: unknown) => {
      heard.push(`${where} ${JSON.stringify((message as RoomMessage).data)}`)
    }
    client.on('room:message', note('client'))
    const { room, seen } = await enterRoom(context, client)
    client.socket?.on('room:message', note('socket'))
    const other = await enterRoom(context)
    const frames = countFrames(client)

    const receipt = await room.send('own')
    expect(room.getSnapshot().messages).toMatchObject([
      { state: 'delivered', data: 'own', seq: receipt.seq, id: receipt.id, isOwn: true },
    ])
    expect(heard.sort()).toEqual(['client "own"', 'socket "own"'])
    expect(frames.messages).toBe(0)
    await eventually(() => {
      expect(other.seen).toHaveLength(1)
    })
    expect(seen).toEqual(other.seen)
    expect(room.getSnapshot().messages[0]?.from).toBe(other.room.getSnapshot().messages[0]?.from)
    expect(sent.filter((name) => name.startsWith('outbox:'))).toEqual(['outbox:put'])
  })

  it('has its place among those of others, of which each client has the same order', async () => {
    await using context = await startServer(unlimited)
    const clients = await Promise.all(
      Array.from({ length: 4 }, () => enterRoom(context, context.client())),
    )
    await Promise.all(
      clients.map(async ({ room }, who) => {
        for (let index = 0; index < 25; index++) {
          await Promise.all([room.send([who, index, 0]), room.send([who, index, 1])])
        }
      }),
    )
    for (const { seen, room } of clients) {
      await eventually(() => {
        expect(seen).toHaveLength(200)
      })
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
      expect(seen).toEqual(clients[0]?.seen)
      expect(room.getSnapshot().messages).toHaveLength(200)
    }
  }, 20_000)

  it('is there once where its answer is lost and it is sent again', async () => {
    await using context = await startServer()
    const { client } = watched(context)
    const { room, seen } = await enterRoom(context, client)
    await room.send('first')
    const { io } = context.server
    for (const { conn } of io.sockets.sockets.values()) {
      conn.transport.send = () => undefined // nothing reaches the client any more
    }
    const second = room.send('second')
    await eventually(() => {
      expect(room.getSnapshot().messages.at(-1)).toMatchObject({ state: 'sending' })
    })
    await reconnect(client)
    await second
    await room.send('third')
    await eventually(() => {
      expect(seen.map(({ data }) => data)).toEqual(['first', 'second', 'third'])
    })
    expect(room.getSnapshot().messages.map(({ data }) => data)).toEqual([
      'first',
      'second',
      'third',
    ])
  })

  it('goes by outbox:deliver beside other commands, and to a server that knows no other way', async () => {
    await using context = await startServer()
    const { client, sent } = watched(context)
    const { room } = await enterRoom(context, client)
    await Promise.all([room.send(1), client.sendMessage('hi'), room.send(2)])
    expect(room.getSnapshot().messages.map(({ data }) => data)).toEqual([1, 2])
    context.server.io.use(({ handshake }, next) => {
      handshake.auth = { token: (handshake.auth as { token?: unknown }).token }
      next()
    })
    await reconnect(client)
    await room.join()
    await room.send(3)
    expect(room.getSnapshot().messages.map(({ data }) => data)).toEqual([1, 2, 3])
    const ways = new Set(sent.filter((name) => name.startsWith('outbox:')))
    expect([...ways]).toEqual(['outbox:deliver'])
  })

  it('to a room that is not joined is stored as before', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const { seq } = await client.room(ROOM).send('from outside')
    expect(seq).toBe(1)
    const { room } = await enterRoom(context)
    expect(room.getSnapshot().messages).toMatchObject([{ data: 'from outside' }])
  })
})
