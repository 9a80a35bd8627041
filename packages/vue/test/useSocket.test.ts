import { describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { createYektaYar, useSocket } from '../src/index.js'
import { mount } from './support/mount.js'
import { startServer } from './support/startServer.js'

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

  it('can be listened to right after connect(), as in the guide', async () => {
    await using context = await startServer()
    const { result } = mount(context.plugin, () => useSocket())
    const heard: unknown[] = []
    const connecting = result.connect()
    const { value: socket } = result.socket
    socket?.on('connect', () => heard.push('connect'))
    socket?.on('connected', ({ socketId }) => heard.push(socketId))
    await connecting
    await vi.waitFor(() => {
      expect(heard).toEqual(['connect', result.snapshot.value.socketId])
    })
    expect(result.socket.value).toBe(socket)
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
    // A template handler passes its event.
    await result.connect(new MouseEvent('click') as unknown as string)
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

  it('shares a client between plugins, and closes it with the last app of all', async () => {
    await using context = await startServer()
    const { client } = context.plugin
    const first = mount(context.plugin, () => useSocket())
    const second = mount(createYektaYar({ client }), () => useSocket())
    await first.result.connect()
    first.app.unmount()
    expect(client.status).toBe('connected')
    second.app.unmount()
    expect(client.status).toBe('idle')
  })

  it('says what to do where the plugin is missing', () => {
    const app = createApp({})
    expect(() => app.runWithContext(() => useSocket())).toThrow(/app\.use\(createYektaYar/)
  })

  it('hands the options of a client on to it', async () => {
    await using context = await startServer()
    const traced: string[] = []
    const plugin = createYektaYar({ url: context.url, onTrace: ({ type }) => traced.push(type) })
    await plugin.client.connect()
    expect(traced).toContain('connected')
    await plugin.client.disconnect()
  })

  it('connects by itself on demand', async () => {
    await using context = await startServer()
    const plugin = createYektaYar({ client: context.plugin.client, autoConnect: true })
    mount(plugin, () => useSocket())
    await plugin.client.whenStatus('connected', { timeoutMs: 5_000 })
  })
})
