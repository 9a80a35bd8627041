import { describe, expect, it, vi } from 'vitest'
import { useCommand } from '../src/index.js'
import { mount } from './support/mount.js'
import { startServer } from './support/startServer.js'

function refuse(): never {
  throw new Error('refused')
}

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

  it.each<[how: string, facility: PropertyDescriptor]>([
    ['absent', { value: undefined }],
    ['refused as it is read', { get: refuse }],
    ['refused as it is constructed', { value: refuse }],
  ])('works where AbortController is %s', async (_how, facility) => {
    await using context = await startServer()
    const { client } = context.plugin
    await client.connect() // `fetch` of this platform needs it, too
    const before = Object.getOwnPropertyDescriptor(globalThis, 'AbortController') ?? {}
    Object.defineProperty(globalThis, 'AbortController', { ...facility, configurable: true })
    try {
      const mounted = mount(context.plugin, () => useCommand('echo'))
      const { result } = mounted
      expect(await result.execute('there')).toMatchObject({ received: 'there' })
      const pending = result.execute('again')
      result.abort() // of no effect
      await pending
      expect([result.isPending.value, result.error.value]).toEqual([false, undefined])
      await client.disconnect()
      await result.execute('too late')
      expect(result.error.value).toMatchObject({ code: 'not_connected' })
      mounted.app.unmount()
    } finally {
      Object.defineProperty(globalThis, 'AbortController', before)
    }
  })

  it('hands every option of a call on, so that one can go through the outbox', async () => {
    await using context = await startServer()
    await context.plugin.client.connect()
    const { result } = mount(context.plugin, () => useCommand('message'))
    const items: string[] = []
    context.plugin.client.outbox.subscribe((snapshot) => {
      for (const { name } of snapshot.items) items.push(name)
    })
    await result.execute('directly', { delivery: 'transient' })
    expect(items).toEqual([])
    expect(await result.execute('once', { delivery: 'once' })).toMatchObject({ data: 'once' })
    expect(items).toContain('message')
  })
})
