import { describe, expect, it, vi } from 'vitest'
import { startServer } from './support/server.js'

/** A connected client, and the room commands that the server received from it. */
async function startClient() {
  const context = await startServer()
  const client = context.client()
  await client.connect()
  const [connection] = context.server.io.sockets.sockets.values()
  const received: string[] = []
  connection?.onAny((name: string) => {
    if (name.startsWith('room:')) received.push(name)
  })
  const rooms = (): number => connection?.rooms.size ?? 0
  return {
    client,
    received,
    rooms,
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

describe('many rooms', () => {
  it('that are joined, left and joined again together keep the connection', async () => {
    await using scene = await startClient()
    const { client, received, rooms } = scene
    const { socketId } = client.getSnapshot()
    const before = rooms()
    const handles = Array.from({ length: 100 }, (_, index) =>
      client.room(`public:${String(index)}`),
    )
    await Promise.all(handles.map((room) => room.join({ timeoutMs: 25_000 })))
    await Promise.all(handles.map((room) => room.leave()))
    expect(rooms()).toBe(before)
    await Promise.all(handles.map((room) => room.join({ timeoutMs: 25_000 })))
    expect(handles.every(({ isJoined }) => isJoined)).toBe(true)
    expect(client.getSnapshot()).toMatchObject({ status: 'connected', socketId })
    // Each refused join costs a packet; too many packets would close the connection.
    expect(received.length).toBeLessThan(450)
  }, 60_000)

  it('that are joined and left in one tick cost nothing', async () => {
    await using scene = await startClient()
    const { client, received } = scene
    for (let round = 0; round < 300; round++) {
      const room = client.room(`public:${String(round % 50)}`)
      void room.join()
      void room.leave()
    }
    await client.ping()
    expect(received).toEqual([])
    expect(client.status).toBe('connected')
  })

  it('that are left and joined in one tick are not left', async () => {
    await using scene = await startClient()
    const { client, received, rooms } = scene
    const [first, second] = [client.room('public:a'), client.room('public:a')]
    await first.join()
    void first.leave()
    await second.join()
    expect(received).toEqual(['room:join', 'room:join'])
    await second.send('hi')
    await vi.waitFor(() => {
      expect(second.messages).toMatchObject([{ state: 'delivered', data: 'hi' }])
    })
    const joined = rooms()
    const left = second.leave()
    void first.join()
    await Promise.all([left, first.leave()])
    expect(rooms()).toBeLessThan(joined)
  })
})
