import { describe, expect, it } from 'vitest'
import { rejection, startServer } from './support/server.js'

/** Fills rooms and joins them all at once from one client, under the server's default limits. */
async function joinAll(rooms: number, messages: number, bytes: number) {
  const context = await startServer({ limits: {} })
  const names = Array.from({ length: rooms }, (_, index) => `public:${String(index)}` as const)
  const text = 'x'.repeat(bytes)
  for (const name of names) {
    for (let count = 0; count < messages; count++) void context.server.publish(name, text)
  }
  await context.server.publish('public:another', 'so that all of them are stored')
  const client = context.client()
  const changes: string[] = []
  await client.connect()
  client.subscribe(({ status }) => changes.push(status))
  const joined = names.map((name) => client.room(name))
  await Promise.all(joined.map((room) => room.join()))
  return {
    client,
    rooms: joined,
    lost: () => changes.filter((status) => status !== 'connected'),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

describe('rooms that are joined at once', () => {
  it.each([
    [6, 50, 1_000],
    [3, 50, 2_500],
    [100, 2, 100],
    [4, 20, 20_000],
  ])('are all joined: %i with %i messages of %i bytes', async (count, messages, bytes) => {
    await using context = await joinAll(count, messages, bytes)
    expect(context.rooms.map(({ state }) => state)).toEqual(context.rooms.map(() => 'joined'))
    for (const room of context.rooms) {
      expect(room.messages.at(-1)?.seq).toBe(messages)
      while (room.hasOlder) await room.loadOlder()
      expect(room.messages.map(({ seq }) => seq)).toEqual(
        Array.from({ length: messages }, (_, index) => index + 1),
      )
    }
    expect(context.lost()).toEqual([])
  })
})

describe('pages that a client asks for', () => {
  it('are at most four at a time, and each waits before its time begins', async () => {
    let [running, most] = [0, 0]
    await using context = await startServer({
      authorize: async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 500))
        running--
        return true
      },
    })
    const client = context.client()
    await client.connect()
    const room = client.room('public:lobby')
    const pages = Array.from({ length: 12 }, () => room.history({ timeoutMs: 1_200 }))
    expect(await Promise.all(pages)).toHaveLength(12)
    expect(most).toBe(4)
  })

  it('may be given up while they wait', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    await using context = await startServer({
      authorize: async () => {
        await held
        return true
      },
    })
    const client = context.client()
    await client.connect()
    const room = client.room('public:lobby')
    const pages = Array.from({ length: 4 }, () => room.history())
    const controller = new AbortController()
    const waiting = room.history({ signal: controller.signal })
    const next = room.history()
    controller.abort()
    expect(await rejection(waiting)).toMatchObject({ code: 'aborted', mayHaveRun: false })
    release()
    expect(await Promise.all([...pages, next])).toHaveLength(5)
  })
})
