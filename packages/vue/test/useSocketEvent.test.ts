import { describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, effectScope, h, nextTick, ref } from 'vue'
import { useSocket, useSocketEvent } from '../src/index.js'
import { startServer } from './support/startServer.js'

const welcome = { message: 'again', socketId: 'x', isLoggedIn: false }

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
    const { socketId } = client.getSnapshot()

    runtime.reload('chat', component(after))
    await nextTick()
    context.server.io.emit('connected', welcome)
    await client.ping()
    expect(client.getSnapshot().socketId).toBe(socketId)
    expect([before, after].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  })
})
