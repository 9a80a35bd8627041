import { createServer } from '@yektayar/server'
import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { createYektaYar, useOutbox, useRoom, useSession } from '../src/index.js'
import { mount } from './support/mount.js'

async function startServer() {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    limits: { presenceGraceMs: 10, presenceIntervalMs: 10 },
  })
  const url = await server.listen()
  const plugins = [createYektaYar({ url }), createYektaYar({ url })] as const
  return {
    server,
    plugins,
    async [Symbol.asyncDispose]() {
      for (const { client } of plugins) await client.disconnect()
      await server.close()
    },
  }
}

describe('useRoom', () => {
  it('shows what is sent, by itself and by others, and who is there', async () => {
    await using context = await startServer()
    const [first, second] = context.plugins.map((plugin) =>
      mount(plugin, () => useRoom('public:x')),
    )
    await Promise.all(context.plugins.map(({ client }) => client.connect()))
    await vi.waitFor(() => {
      expect(first?.result.members.value).toHaveLength(2)
    })
    const sent = first?.result.send({ text: 'hi' })
    await nextTick()
    expect(first?.result.messages.value).toMatchObject([{ state: 'sending', data: { text: 'hi' } }])
    await sent
    await vi.waitFor(() => {
      for (const side of [first, second]) {
        expect(side?.result.messages.value).toMatchObject([{ state: 'delivered', seq: 1 }])
      }
    })
    expect(second?.result.isJoined.value).toBe(true)
    expect(second?.result.continuity.value).toEqual({ kind: 'continuous' })

    first?.result.setTyping(true)
    await vi.waitFor(() => {
      expect(second?.result.typing.value).toHaveLength(1)
    })
  })

  it('shows what members show, which may change', async () => {
    await using context = await startServer()
    const [own, other] = context.plugins
    const name = ref<string | undefined>()
    const room = ref<`public:${string}`>('public:a')
    const { result } = mount(own, () =>
      useRoom(room, { presence: () => name.value && { name: name.value } }),
    )
    const { result: seen } = mount(other, () => useRoom('public:a', { presence: 'other' }))
    const { result: session } = mount(own, () => useSession())
    await Promise.all(context.plugins.map(({ client }) => client.connect()))
    const shown = () =>
      seen.members.value
        .map(({ isSelf, presence }) => [isSelf, presence])
        .sort()
        .reverse()
    await vi.waitFor(() => {
      expect(shown()).toEqual([
        [true, 'other'],
        [false, undefined],
      ])
    })
    expect([seen.memberCount.value, seen.isComplete.value]).toEqual([2, true])
    for (const text of ['S', 'Sa', 'Sara']) {
      name.value = text
      await nextTick()
    }
    await vi.waitFor(() => {
      expect(shown()).toContainEqual([false, { name: 'Sara' }])
    })
    await vi.waitFor(() => {
      expect(result.self.value).toBe(`session:${String(session.id.value)}`)
    })
    expect(result.members.value.find(({ isSelf }) => isSelf)?.id).toBe(result.self.value)
    room.value = 'public:b'
    await vi.waitFor(() => {
      expect(result.members.value).toMatchObject([{ presence: { name: 'Sara' } }])
    })
  })

  it('loads what is older', async () => {
    await using context = await startServer()
    for (let index = 1; index <= 70; index++) await context.server.publish('public:x', index)
    const [plugin] = context.plugins
    const { result } = mount(plugin, () => useRoom('public:x'))
    await plugin.client.connect()
    await vi.waitFor(() => {
      expect(result.messages.value).toHaveLength(50)
    })
    expect(result.hasOlder.value).toBe(true)
    expect(await result.loadOlder()).toBe(false)
    expect(result.messages.value.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 70 }, (_, index) => index + 1),
    )
  })

  it('goes with a name that changes, and leaves with its scope', async () => {
    await using context = await startServer()
    const [plugin, witness] = context.plugins
    const name = ref<`public:${string}`>('public:a')
    const { app, result } = mount(plugin, () => useRoom(name))
    const { result: seen } = mount(witness, () => useRoom('public:b'))
    await Promise.all(context.plugins.map(({ client }) => client.connect()))
    await context.server.publish('public:a', 'a')
    await context.server.publish('public:b', 'b')
    await vi.waitFor(() => {
      expect(result.messages.value).toMatchObject([{ data: 'a' }])
    })
    name.value = 'public:b'
    await nextTick()
    await vi.waitFor(() => {
      expect(result.messages.value).toMatchObject([{ data: 'b' }])
      expect(seen.members.value).toHaveLength(2)
    })
    app.unmount()
    await vi.waitFor(() => {
      expect(seen.members.value).toHaveLength(1)
    })
  })

  it('asks for a refused room again when somebody signs in, and when told to', async () => {
    const guests = new Set(['sara'])
    const server = await createServer({
      port: 0,
      host: '127.0.0.1',
      databaseUrl: 'sqlite::memory:',
      logLevel: 'silent',
      authenticate: ({ username }) => username ?? null,
      authorize: ({ userId }) => guests.has(userId ?? ''),
    })
    const plugin = createYektaYar({ url: await server.listen() })
    const { result } = mount(plugin, () => useRoom('public:x'))
    await plugin.client.connect()
    await vi.waitFor(() => {
      expect(result.error.value).toMatchObject({ code: 'room_forbidden' })
    })
    await plugin.client.session.signIn({ username: 'sara' })
    await vi.waitFor(() => {
      expect(result.isJoined.value).toBe(true)
    })
    expect(result.error.value).toBeNull()

    guests.clear()
    await server.rooms.review({ userId: 'sara' })
    await vi.waitFor(() => {
      expect(result.error.value).toMatchObject({ code: 'room_forbidden' })
    })
    await expect(result.join()).rejects.toMatchObject({ code: 'room_forbidden' })
    guests.add('sara')
    await result.join()
    expect(result.isJoined.value).toBe(true)
    await plugin.client.disconnect()
    await server.close()
  })

  it('says why a room cannot be joined', async () => {
    await using context = await startServer()
    const [plugin] = context.plugins
    const { result } = mount(plugin, () => useRoom('user:somebody'))
    await plugin.client.connect()
    await vi.waitFor(() => {
      expect(result.error.value).toMatchObject({ code: 'room_forbidden' })
    })
    expect(result.isJoined.value).toBe(false)
  })
})

describe('useOutbox', () => {
  it('shows what waits for a connection, of one room or of all', async () => {
    await using context = await startServer()
    const [plugin] = context.plugins
    const room = ref<string | undefined>('public:a')
    const { result } = mount(plugin, () => useOutbox(room))
    const sent = [plugin.client.room('public:a').send(1), plugin.client.room('public:b').send(2)]
    await nextTick()
    expect(result.items.value).toMatchObject([{ state: 'queued', input: { data: 1 } }])
    room.value = undefined
    expect(result.items.value).toHaveLength(2)
    expect(result.isPending.value).toBe(true)
    expect(result.storage.value).toBe('memory')
    await plugin.client.connect()
    await Promise.all(sent)
    expect(result.items.value).toEqual([])
    expect(result.isPending.value).toBe(false)
  })

  it('tries again what failed, and gives it up', async () => {
    await using context = await startServer()
    const [plugin] = context.plugins
    const { result } = mount(plugin, () => useOutbox())
    await plugin.client.connect()
    await expect(plugin.client.room('user:somebody').send(1)).rejects.toMatchObject({
      code: 'room_forbidden',
    })
    const [failed] = result.items.value
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'room_forbidden' } })
    await expect(result.retry(failed?.id ?? '')).rejects.toMatchObject({ code: 'room_forbidden' })
    const [again] = result.items.value
    expect(result.cancel(again?.id ?? '')).toBe(true)
    await nextTick()
    expect(result.items.value).toEqual([])
  })
})
