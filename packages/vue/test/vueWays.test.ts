import { createPinia, setActivePinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, KeepAlive, nextTick, reactive, ref, shallowRef } from 'vue'
import { useCommand, useRoom, useSocket, useSocketEvent } from '../src/index.js'
import { useSocketStore } from '../src/pinia.js'
import { mount } from './support/mount.js'
import { openFake } from './support/openFake.js'

const ROOM = 'public:lobby'

describe('a client in a proxy of Vue', () => {
  it.each<[string, <Value extends object>(value: Value) => Value]>([
    ['ref()', (value) => ref(value).value as typeof value],
    ['reactive()', (value) => reactive({ value }).value as typeof value],
    ['reactive() itself', (value) => reactive(value) as typeof value],
    [
      'data()',
      (value) => {
        const app = createApp({ data: () => ({ value }), render: () => h('i') })
        const root = app.mount(document.createElement('div')) as unknown as { value: typeof value }
        return root.value
      },
    ],
  ])('works as without it in %s', async (_where, wrap) => {
    await using context = openFake()
    const client = wrap(context.fake)
    await client.connect()
    expect(await client.echo('hi')).toMatchObject({ received: 'hi' })
    expect(wrap(client.session).state).toBe('active')
    expect(wrap(client.outbox).getSnapshot().items).toEqual([])
    const room = wrap(client.room(ROOM))
    await room.join()
    await room.send('hello')
    expect(room.messages.map(({ data }) => data)).toEqual(['hello'])
  })
})

describe('a composable where Vue knows no component', () => {
  it('says so after an await', async () => {
    await using context = openFake()
    const failures: unknown[] = []
    mount(context.plugin, async () => {
      await Promise.resolve()
      try {
        useSocket()
      } catch (error) {
        failures.push(error)
      }
    })
    await vi.waitFor(() => {
      expect(String(failures[0])).toMatch(/before the first await.*event\s+handler/s)
    })
    expect(String(failures[0])).not.toContain('app.use')
  })

  it('listens by on() until the component of its useSocket() ends', async () => {
    await using context = openFake()
    await context.fake.connect()
    const heard: unknown[] = []
    const { app, result } = mount(context.plugin, () => useSocket())
    // Outside of setup, as in a click handler.
    result.on('room:typing', (typing) => heard.push(typing))
    await context.fake.emit('room:typing', { room: ROOM, from: 'user:a', isTyping: true })
    expect(heard).toHaveLength(1)
    // Unmounting the last app disconnects.
    const disconnect = vi.spyOn(context.fake, 'disconnect').mockResolvedValue()
    app.unmount()
    result.on('room:typing', (typing) => heard.push(typing)) // after the component has ended
    await context.fake.emit('room:typing', { room: ROOM, from: 'user:a', isTyping: false })
    expect(heard).toHaveLength(1)
    disconnect.mockRestore()
  })
})

it('a room without a name says what to pass to those who send, and joins once it has one', async () => {
  await using context = openFake()
  await context.fake.connect()
  const name = ref<typeof ROOM | ''>('')
  const { result } = mount(context.plugin, () => [useRoom(name), useRoom('')] as const)
  for (const room of result) {
    const advice = {
      code: 'invalid_input',
      hint: expect.stringMatching(/a getter/) as string,
    }
    expect(room.error.value).toBeNull()
    await expect(room.send('a')).rejects.toMatchObject(advice)
  }
  name.value = ROOM
  await vi.waitFor(() => {
    expect(result[0].isJoined.value).toBe(true)
  })
  expect(result[0].error.value).toBeNull()
})

it('a store of Pinia that was used before the plugin works once it is there', async () => {
  await using context = openFake()
  const app = createApp({})
  const pinia = createPinia()
  app.use(pinia)
  setActivePinia(pinia)
  expect(() => useSocketStore()).toThrow(/createYektaYar/)
  expect(() => useSocketStore(pinia)).toThrow(/createYektaYar/)
  app.use(context.plugin)
  const store = useSocketStore()
  expect(store.status).toBe('idle')
  await store.connect()
  expect(store.isConnected).toBe(true)
  expect(useSocketStore()).toBe(store)
  expect(useSocketStore.$id).toBe('yektayar-socket')
})

it('a command can be the handler of a click itself', async () => {
  await using context = openFake()
  await context.fake.connect()
  const { result } = mount(context.plugin, () => useCommand('ping'))
  // A template handler passes its event.
  await result.execute(new MouseEvent('click') as unknown as undefined)
  expect(result.error.value).toBeUndefined()
  expect(result.data.value).toHaveProperty('timestamp')
})

it.each([{}, new AbortController(), 'abort'])(
  'a command with a signal that is none fails and is not pending: %j',
  async (signal) => {
    await using context = openFake()
    await context.fake.connect()
    const { result } = mount(context.plugin, () => useCommand('ping'))
    await result.execute(undefined, { signal } as never)
    expect(result.error.value).toMatchObject({ code: 'invalid_options' })
    expect(result.isPending.value).toBe(false)
    await result.execute()
    expect(result.error.value).toBeUndefined()
  },
)

it('a room that is not in the contract says so, and is one no longer once its name is', async () => {
  await using context = openFake()
  await context.fake.connect()
  const name = shallowRef<'public:a'>('suport:42' as 'public:a')
  const { result } = mount(context.plugin, () => useRoom(name))
  expect(result.error.value).toMatchObject({ code: 'unknown_room' })
  await expect(result.send('lost')).rejects.toMatchObject({ code: 'unknown_room' })
  name.value = 'public:a'
  await nextTick()
  await context.fake.settle()
  expect(result.error.value).toBeNull()
  expect(result.isJoined.value).toBe(true)
})

describe('a room without a name', () => {
  it('asks nothing of the server until it has one', async () => {
    await using context = openFake()
    await context.fake.connect()
    const name = shallowRef<`public:${string}` | '' | null | false>()
    const { result } = mount(context.plugin, () => useRoom(name))
    expect(result.messages.value).toEqual([])
    expect(result.members.value).toEqual([])
    expect(result.isJoined.value).toBe(false)
    expect(result.error.value).toBeNull()
    await expect(result.send('lost')).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await result.loadOlder()).toBe(false)
    result.setTyping(true)
    await context.fake.settle()
    for (const none of ['', null, false, undefined] as const) {
      name.value = none
      await nextTick()
    }
    await context.fake.settle()
    expect(context.fake.calls('room:join')).toEqual([])

    name.value = ROOM
    await nextTick()
    await result.send('hello')
    expect(result.isJoined.value).toBe(true)
    name.value = undefined
    await nextTick()
    expect(result.isJoined.value).toBe(false)
    expect(result.messages.value).toEqual([])
  })
})

it('a component that is kept alive goes on to listen and stays in its room', async () => {
  await using context = openFake()
  await context.fake.connect()
  const isShown = shallowRef(true)
  const heard: unknown[] = []
  let room: ReturnType<typeof useRoom> | undefined
  const chat = defineComponent(() => {
    room = useRoom(ROOM)
    useSocketEvent('room:typing', (typing) => heard.push(typing))
    return () => h('p')
  })
  const app = createApp(() => h(KeepAlive, () => (isShown.value ? h(chat) : undefined)))
  app.use(context.plugin)
  app.mount(document.createElement('div'))
  await context.fake.settle()
  isShown.value = false
  await nextTick()
  await context.fake.publish(ROOM, 'meanwhile')
  await context.fake.emit('room:typing', { room: ROOM, from: 'user:a', isTyping: true })
  expect(heard).toHaveLength(1)
  expect(room?.messages.value.map(({ data }) => data)).toEqual(['meanwhile'])
})
