import { describe, expect, it, vi } from 'vitest'
import { createSSRApp, defineAsyncComponent, defineComponent, h, Suspense } from 'vue'
import { renderToString } from 'vue/server-renderer'
import {
  createYektaYar,
  useCommand,
  useOutbox,
  useRoom,
  useSession,
  useSocket,
} from '../src/index.js'
import { openFake } from './support/openFake.js'

const ROOM = 'public:lobby'

/** A page that shows the status, with a setup that waits for something. */
function waitingPage(wait: () => Promise<unknown>) {
  const inner = defineComponent({
    async setup() {
      const { status } = useSocket()
      await wait()
      return () => h('p', status.value)
    },
  })
  return defineComponent(() => () => h('main', [h(Suspense, () => h(inner))]))
}

const pages = {
  'without a wait': defineComponent(() => {
    const { status } = useSocket()
    return () => h('p', status.value)
  }),
  'whose setup waits': waitingPage(() => new Promise((resolve) => setTimeout(resolve, 20))),
}

it.each(Object.entries(pages))(
  'hydration finds what the server has rendered, and connects then: a page %s',
  async (_name, page) => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    await using context = openFake()
    const client = context.plugin.client
    const root = document.createElement('div')
    root.innerHTML = await renderToString(createSSRApp(page).use(createYektaYar({ client })))
    const app = createSSRApp(page).use(createYektaYar({ client, autoConnect: true }))
    await Promise.resolve() // a tick between use() and mount(), as with a router
    expect(client.status).toBe('idle')
    app.mount(root)
    await vi.waitFor(() => {
      expect(root.textContent).toBe('connected')
    })
    const told = [...errors.mock.calls, ...warnings.mock.calls].map(([text]) => String(text))
    expect(told.filter((text) => !text.includes('<Suspense> is an experimental'))).toEqual([])
    vi.restoreAllMocks()
  },
)

describe('a component that hydrates late', () => {
  const part = defineComponent(() => {
    const { status, isConnected, snapshot } = useSocket()
    const { state, id, isLoggedIn } = useSession()
    const { messages, memberCount, self, isJoined, continuity } = useRoom(ROOM)
    const { items, storage } = useOutbox()
    const ping = useCommand('ping')
    void ping.execute()
    return () =>
      h(
        'p',
        JSON.stringify([
          [status.value, isConnected.value, snapshot.value.socketId, state.value, id.value],
          [isLoggedIn.value, messages.value.length, memberCount.value, self.value],
          [isJoined.value, continuity.value, items.value.length, storage.value],
          [ping.isPending.value, ping.data.value?.timestamp, ping.error.value],
        ]),
      )
  })

  it.each([
    ['as an async component', (wait: () => Promise<unknown>) => () => h(lazily(wait))],
    [
      'below a Suspense',
      (wait: () => Promise<unknown>) => () => h(Suspense, () => h(afterIts(wait))),
    ],
    [
      'as an async component in a component without a state',
      (wait: () => Promise<unknown>) => () => h(() => h('div', h(lazily(wait)))),
    ],
  ])('finds what the server has rendered, and then shows what is: %s', async (_name, pageOf) => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    await using context = openFake()
    const { client } = context.plugin
    const root = document.createElement('div')
    const onServer = createSSRApp(defineComponent(() => pageOf(() => Promise.resolve())))
    await using blank = openFake()
    vi.stubGlobal('window', undefined)
    root.innerHTML = await renderToString(onServer.use(blank.plugin))
    vi.unstubAllGlobals()
    expect(root.textContent).toContain('"idle",false')

    const plugin = createYektaYar({ client })
    let goOn: (value?: unknown) => void = () => undefined
    const gate = new Promise((resolve) => (goOn = resolve))
    createSSRApp(defineComponent(() => pageOf(() => gate)))
      .use(plugin)
      .mount(root)
    await client.connect()
    const room = client.room(ROOM)
    await room.join()
    await room.send('hello')
    await context.fake.goOffline()
    room.send('later').catch(() => undefined)
    await context.fake.settle()
    expect(root.textContent).toContain('"idle",false')
    goOn()
    await vi.waitFor(() => {
      expect(root.textContent).toContain(`,2,1,"${room.self ?? ''}"`)
    })
    const told = [...errors.mock.calls, ...warnings.mock.calls].map(([text]) => String(text))
    expect(told.filter((text) => !text.includes('<Suspense> is an experimental'))).toEqual([])
    vi.restoreAllMocks()
  })

  const lazily = (wait: () => Promise<unknown>) =>
    defineAsyncComponent(async () => {
      await wait()
      return part
    })

  const afterIts = (wait: () => Promise<unknown>) =>
    defineComponent({
      async setup() {
        await wait()
        return () => h(part)
      },
    })
})

it('connects after a while where a setup of the page never ends, and not after its unmount', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  const ever = new Promise(() => undefined)
  let isServer = true
  const page = waitingPage(() => (isServer ? Promise.resolve() : ever))
  await using context = openFake()
  const { client } = context.plugin
  const html = await renderToString(createSSRApp(page).use(createYektaYar({ client })))
  isServer = false
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const connect = vi.spyOn(client, 'connect').mockResolvedValue()
  const mountPage = () => {
    const root = document.createElement('div')
    root.innerHTML = html
    const app = createSSRApp(page).use(createYektaYar({ client, autoConnect: true }))
    app.mount(root)
    return app
  }
  mountPage().unmount()
  vi.advanceTimersByTime(10_000)
  expect(connect).not.toHaveBeenCalled()
  const app = mountPage()
  vi.advanceTimersByTime(4_999)
  expect(connect).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(connect).toHaveBeenCalledOnce()
  vi.useRealTimers()
  app.unmount()
  vi.restoreAllMocks()
})
