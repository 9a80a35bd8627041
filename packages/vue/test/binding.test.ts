import { memoryStorage } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { createPinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, effectScope, h, nextTick, ref, watch } from 'vue'
import type { App } from 'vue'
import { createYektaYar, useCommand, useSession, useSocket, useSocketEvent } from '../src/index.js'
import type { YektaYarPlugin } from '../src/index.js'
import { useSocketStore } from '../src/pinia.js'

async function startServer() {
  const server = await createServer({
    authenticate: ({ username = '', password }) =>
      password === 'correct horse' ? `user-${username}` : null,
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
  })
  const url = await server.listen()
  const plugin: YektaYarPlugin = createYektaYar({ url, retryDelayMs: 10 })
  return {
    server,
    url,
    plugin,
    async [Symbol.asyncDispose]() {
      await plugin.client.disconnect()
      await server.close()
    },
  }
}

/** Runs a composable in a mounted component of a fresh app. */
function mount<Result>(plugin: YektaYarPlugin, setup: () => Result) {
  let result: Result | undefined
  const app: App = createApp(
    defineComponent(() => {
      result = setup()
      return () => h('div')
    }),
  )
  app.use(plugin)
  app.mount(document.createElement('div'))
  return { app, result: result as Result }
}

const welcome = { message: 'again', socketId: 'x', isLoggedIn: false }

describe('useSocket', () => {
  it('has the four members of the guide and shows the state', async () => {
    await using context = await startServer()
    const { result } = mount(context.plugin, () => useSocket())
    expect(result.socket.value).toBeNull()
    expect(result.isConnected.value).toBe(false)
    await result.connect()
    expect(result.isConnected.value).toBe(true)
    expect(result.socket.value?.id).toBe(result.snapshot.value.socketId)
    expect(await result.call('echo', 'x')).toMatchObject({ received: 'x' })
    await result.disconnect()
    expect(result.status.value).toBe('idle')
  })

  it('connects with a token of the app’s own', async () => {
    await using context = await startServer()
    const { token } = await context.server.sessions.acquire()
    const { result } = mount(context.plugin, () => useSocket())
    await result.connect(token)
    expect((await result.client.getStatus()).connection.sessionToken).toBe(token)
  })

  it('can be the handler of a click itself', async () => {
    await using context = await startServer()
    const { result } = mount(context.plugin, () => useSocket())
    await result.connect(new MouseEvent('click') as unknown as string) // what a template passes
    expect(result.isConnected.value).toBe(true)
  })

  it('shares one connection between components, and closes it with the last app', async () => {
    await using context = await startServer()
    const first = mount(context.plugin, () => [useSocket(), useSocket()] as const)
    const second = mount(context.plugin, () => useSocket())
    const [one, other] = first.result
    await Promise.all([one.connect(), other.connect(), second.result.connect()])
    expect(context.server.io.sockets.sockets.size).toBe(1)
    first.app.unmount()
    expect(context.plugin.client.status).toBe('connected')
    second.app.unmount()
    expect(context.plugin.client.status).toBe('idle')
    const again = mount(context.plugin, () => useSocket())
    await again.result.connect()
    expect(again.result.isConnected.value).toBe(true)
  })

  it('says what to do where the plugin is missing', () => {
    const app = createApp({})
    expect(() => app.runWithContext(() => useSocket())).toThrow(/app\.use\(createYektaYar/)
  })

  it('connects by itself on demand', async () => {
    await using context = await startServer()
    const plugin = createYektaYar({ client: context.plugin.client, autoConnect: true })
    mount(plugin, () => useSocket())
    await plugin.client.whenStatus('connected', { timeoutMs: 5_000 })
  })
})

describe('listeners', () => {
  it('end with v-if, with their scope and when the name changes', async () => {
    await using context = await startServer()
    const listener = vi.fn()
    const inScope = vi.fn()
    const isShown = ref(true)
    const name = ref<'connected' | 'command:failed'>('connected')
    const Child = defineComponent(() => {
      useSocketEvent(name, listener)
      useSocket().on('connected', inScope)
      return () => h('i')
    })
    const scope = effectScope()
    const app = createApp(defineComponent(() => () => (isShown.value ? h(Child) : null)))
    app.use(context.plugin)
    app.mount(document.createElement('div'))
    const { client } = context.plugin
    await client.connect()
    await client.ping()
    const count = () => [listener.mock.calls.length, inScope.mock.calls.length]
    expect(count()).toEqual([1, 1])

    name.value = 'command:failed'
    await nextTick()
    context.server.io.emit('connected', welcome)
    await client.ping()
    expect(count()).toEqual([1, 2])

    name.value = 'connected'
    isShown.value = false
    await nextTick()
    context.server.io.emit('connected', welcome)
    await client.ping()
    expect(count()).toEqual([1, 2])

    const scoped = vi.fn()
    scope.run(() => {
      app.runWithContext(() => {
        useSocketEvent('connected', scoped)
      })
    })
    scope.stop()
    context.server.io.emit('connected', welcome)
    await client.ping()
    expect(scoped).not.toHaveBeenCalled()
  })

  it('survive nothing of a hot reload but the connection', async () => {
    await using context = await startServer()
    const runtime = (
      globalThis as unknown as {
        __VUE_HMR_RUNTIME__: {
          createRecord(id: string, component: object): void
          reload(id: string, component: object): void
        }
      }
    ).__VUE_HMR_RUNTIME__
    const [before, after] = [vi.fn(), vi.fn()]
    const component = (listener: () => void) => ({
      __hmrId: 'chat',
      setup: () => {
        useSocketEvent('connected', listener)
        return () => h('i')
      },
    })
    const original = component(before)
    runtime.createRecord('chat', original)
    const app = createApp({ render: () => h(original) })
    app.use(context.plugin)
    app.mount(document.createElement('div'))
    const { client } = context.plugin
    await client.connect()
    await client.ping()
    const { socketId } = client.snapshot

    runtime.reload('chat', component(after))
    await nextTick()
    context.server.io.emit('connected', welcome)
    await client.ping()
    expect(client.snapshot.socketId).toBe(socketId)
    expect([before, after].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  })
})

describe('useCommand', () => {
  it('shows the answer, the failure and what is pending', async () => {
    await using context = await startServer()
    const { result } = mount(context.plugin, () => useCommand('echo'))
    expect(await result.execute('too early')).toBeUndefined()
    expect(result.error.value).toMatchObject({ code: 'not_connected' })

    await context.plugin.client.connect()
    const executing = result.execute('x')
    expect(result.isPending.value).toBe(true)
    expect(await executing).toMatchObject({ received: 'x' })
    expect(result.data.value).toMatchObject({ received: 'x' })
    expect([result.isPending.value, result.error.value]).toEqual([false, undefined])
  })

  it('belongs to the newest call, and to its scope', async () => {
    await using context = await startServer()
    await context.plugin.client.connect()
    const mounted = mount(context.plugin, () => useCommand('echo'))
    const { result } = mounted
    const [connection] = context.server.io.sockets.sockets.values()
    connection?.offAny()
    const acknowledges: ((answer: unknown) => void)[] = []
    connection?.onAny((name: string, ...args: unknown[]) => {
      if (name === 'echo') acknowledges.push(args.at(-1) as (answer: unknown) => void)
    })
    const older = result.execute('older')
    const newer = result.execute('newer')
    await vi.waitFor(() => {
      expect(acknowledges).toHaveLength(2)
    })
    acknowledges[1]?.({ ok: true, data: 'newer' })
    await newer
    acknowledges[0]?.({ ok: true, data: 'older' })
    expect(await older).toBe('older')
    expect(result.data.value).toBe('newer')

    const aborted = result.execute('aborted', { signal: new AbortController().signal })
    result.abort()
    expect(await aborted).toBeUndefined()
    expect(result.error.value).toMatchObject({ code: 'aborted' })

    const pending = result.execute('pending')
    mounted.app.unmount()
    expect(await pending).toBeUndefined()
  })
})

const sara = { username: 'sara', password: 'correct horse' }

/** The composable and the store of one app. */
function mountSession(plugin: YektaYarPlugin) {
  const pinia = createPinia()
  const app = createApp({ render: () => h('i') })
  app.use(pinia).use(plugin)
  const store = useSocketStore(pinia)
  return { pinia, store, session: app.runWithContext(() => useSession()) }
}

describe('useSession and useSocketStore', () => {
  it('show the same state', async () => {
    await using context = await startServer()
    const { pinia, store, session } = mountSession(context.plugin)
    expect([store.status, session.state.value]).toEqual(['idle', 'none'])
    await store.connect()
    expect([store.isConnected, store.sessionState, session.state.value]).toEqual([
      true,
      'active',
      'active',
    ])
    expect(store.expiresAt).toBe(session.expiresAt.value)
    expect(JSON.stringify(pinia.state.value)).toBe('{"yektayar-socket":{}}')
  })

  it('sign in and out on one connection', async () => {
    await using context = await startServer()
    const { store, session } = mountSession(context.plugin)
    await store.connect()
    const { socketId } = context.plugin.client.snapshot
    const shown = () => [session.userId.value, session.isLoggedIn.value]
    expect(shown()).toEqual([null, false])

    await session.signIn(sara)
    expect(shown()).toEqual(['user-sara', true])
    expect([store.userId, store.isLoggedIn]).toEqual(shown())
    await store.signOut()
    expect(shown()).toEqual([null, false])
    await store.signIn(sara)
    expect(session.isLoggedIn.value).toBe(true)
    await session.signOut()
    expect(store.isLoggedIn).toBe(false)
    expect(context.plugin.client.snapshot.socketId).toBe(socketId)
  })

  it('say why a sign-in is refused, and change nothing', async () => {
    await using context = await startServer()
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    await expect(session.signIn({ ...sara, password: 'wrong' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    expect(session.isLoggedIn.value).toBe(false)
  })

  it('follow a sign-in that the server makes', async () => {
    await using context = await startServer()
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    const [own] = await session.list()
    await context.server.sessions.signIn(own?.id ?? '', 'user-omid')
    await vi.waitFor(() => {
      expect(session.userId.value).toBe('user-omid')
    })
  })

  it('renew the session, which shows its state on the way', async () => {
    await using context = await startServer()
    const renewals = vi.spyOn(context.server.sessions, 'renew')
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    const states: string[] = []
    watch(session.state, (state) => states.push(state), { flush: 'sync' })
    await session.renew()
    expect(states).toEqual(['renewing', 'active'])
    expect(renewals).toHaveBeenCalledOnce()
  })

  it('list the sessions of the user, and end one or the own', async () => {
    await using context = await startServer()
    const other = createYektaYar({ url: context.url, storage: memoryStorage() })
    await other.client.session.signIn(sara)
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    await session.signIn(sara)
    const sessions = await session.list()
    expect(sessions.map(({ isCurrent }) => isCurrent).sort()).toEqual([false, true])

    await session.end(sessions.find(({ isCurrent }) => !isCurrent)?.id)
    expect(await session.list()).toMatchObject([{ isCurrent: true }])
    await session.end(new MouseEvent('click') as unknown as string) // what a template passes
    expect([session.state.value, session.isLoggedIn.value]).toEqual(['ended', false])
    expect(context.plugin.client.snapshot).toMatchObject({ status: 'stopped' })
  })
})
