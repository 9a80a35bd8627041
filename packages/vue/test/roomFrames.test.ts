import { createFakeClient } from '@yektayar/testing/fake'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick } from 'vue'
import { createYektaYar, useRoom } from '../src/index.js'
import { oncePerFrame } from '../src/oncePerFrame.js'

describe('work once per frame', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('runs once for all requests, and again for those after it', () => {
    const work = vi.fn()
    const { request } = oncePerFrame(work)
    for (let count = 0; count < 50; count++) request()
    expect(work).toHaveBeenCalledTimes(0)
    vi.advanceTimersByTime(20)
    expect(work).toHaveBeenCalledTimes(1)
    request()
    vi.advanceTimersByTime(20)
    expect(work).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(1_000)
    expect(work).toHaveBeenCalledTimes(2)
  })

  it('runs now instead, or not at all, where that is asked for', () => {
    const work = vi.fn()
    const { request, flush, cancel } = oncePerFrame(work)
    request()
    flush()
    expect(work).toHaveBeenCalledTimes(1)
    request()
    cancel()
    vi.advanceTimersByTime(1_000)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('runs by a timer in a hidden page, which gets no frames', () => {
    vi.stubGlobal('requestAnimationFrame', () => 0)
    const work = vi.fn()
    oncePerFrame(work).request()
    vi.advanceTimersByTime(1_000)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('runs at once where there are no frames', () => {
    vi.stubGlobal('requestAnimationFrame', undefined)
    const work = vi.fn()
    oncePerFrame(work).request()
    expect(work).toHaveBeenCalledTimes(1)
  })
})

describe('a list of messages', () => {
  it('is rendered once per frame, however many messages come, and patches only what is new', async () => {
    const client = createFakeClient()
    let renders = 0
    let rows = 0
    const Row = defineComponent({
      props: { entry: { type: Object, required: true } },
      setup: ({ entry }) => {
        return () => {
          rows++
          return h('p', JSON.stringify(entry))
        }
      },
    })
    const app = createApp(
      defineComponent(() => {
        const { messages } = useRoom('public:x')
        return () => {
          renders++
          return messages.value.map((entry) => h(Row, { key: entry.key, entry }))
        }
      }),
    )
    app.use(createYektaYar({ client }))
    const page = document.createElement('div')
    app.mount(page)
    await client.connect()
    await client.publish('public:x', 'first')
    await vi.waitFor(() => {
      expect(page.childElementCount).toBe(1)
    })
    const first = page.firstElementChild
    const frames: FrameRequestCallback[] = []
    vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame))
    ;[renders, rows] = [0, 0]
    const shared = globalThis as unknown as Record<symbol, Set<() => void>>
    const waiting = Symbol.for('yektayar.waitingForFrame')
    shared[waiting] = new Set()
    vi.spyOn(shared[waiting], 'add').mockReturnThis() // the fake does not show it before the frame
    const published: Promise<unknown>[] = []
    for (let n = 1; n <= 50; n++) published.push(client.publish('public:x', n))
    await Promise.all(published)
    expect([renders, rows, frames.length]).toEqual([0, 0, 1])
    frames[0]?.(0)
    await nextTick()
    expect([renders, rows, page.childElementCount]).toEqual([1, 50, 51])
    expect(page.firstElementChild).toBe(first)
    vi.unstubAllGlobals()
    app.unmount()
    await client.disconnect()
  })

  it('shows at once what the composable’s own functions have done', async () => {
    const client = createFakeClient()
    let room: ReturnType<typeof useRoom<'public:x'>> | undefined
    const app = createApp(
      defineComponent(() => {
        room = useRoom('public:x')
        return () => h('div')
      }),
    )
    app.use(createYektaYar({ client }))
    app.mount(document.createElement('div'))
    await client.connect()
    await vi.waitFor(() => {
      expect(room?.isJoined.value).toBe(true)
    })
    const sent = room?.send('mine')
    expect(room?.messages.value).toMatchObject([{ state: 'sending', data: 'mine' }])
    await sent
    expect(room?.messages.value).toMatchObject([{ state: 'delivered', data: 'mine' }])
    app.unmount()
    await client.disconnect()
  })
})
