import { faultProxy, startTestServer } from '@yektayar/testing'
import type { FaultProxy, TestServer } from '@yektayar/testing'
import type { YektaYarSocket, YektaYarSocketOptions } from '@yektayar/client'
import type { Server } from 'socket.io'
import type { Socket } from 'socket.io-client'
import { afterEach, describe, expect, it, vi } from 'vitest'

const transports = ['websocket', 'polling'] as const

/** A client connected through a proxy. */
async function connectThrough(
  backend: TestServer,
  proxy: FaultProxy,
  options: YektaYarSocketOptions = {},
): Promise<YektaYarSocket> {
  const client = backend.client({ url: proxy.url, ...options })
  await client.connect()
  // The client's own status request after connecting is answered by now as well.
  await client.getStatus()
  return client
}

/** From now on, timers run only when the test advances them. */
function holdTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
}

/** Advances the fake timers in steps, and leaves I/O a turn after each. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    await vi.advanceTimersByTimeAsync(Math.min(left, 100))
    await new Promise(setImmediate)
  }
}

describe('a silent link', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  describe.each(transports)('over %s', (transport) => {
    it.each(['both', 'toServer', 'toClient'] as const)(
      'that swallows %s is dropped 5 s after a call has timed out',
      async (direction) => {
        await using backend = await startTestServer()
        await using proxy = await faultProxy({ target: backend.url })
        const client = await connectThrough(backend, proxy, { transports: [transport] })
        const engine = client.socket?.io.engine
        proxy.silent({ direction })
        holdTime()
        const call = client.echo('hi').catch((error: unknown) => error)
        await pass(10_000)
        expect(await call).toMatchObject({ code: 'timeout', mayHaveRun: true })
        await pass(4_800)
        expect(client.status).toBe('connected')
        await pass(300)
        expect(client.getSnapshot()).toMatchObject({
          status: 'reconnecting',
          reason: 'connection_lost',
        })
        expect(engine?.readyState).toBe('closed') // so none of its timers is left
        proxy.heal()
        vi.useRealTimers()
        await client.disconnect()
        await client.connect({ timeoutMs: 5_000 })
        expect(await client.echo('again')).toMatchObject({ received: 'again' })
      },
    )
  })

  it.each(transports)('that is idle is dropped by the heartbeat, over %s', async (transport) => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url })
    Object.assign(backend.server.io.engine.opts, { pingInterval: 300, pingTimeout: 400 })
    const client = await connectThrough(backend, proxy, {
      transports: [transport],
      connectTimeoutMs: 1_000,
    })
    const lost: unknown[] = []
    client.subscribe(({ status, reason }) => {
      if (status === 'reconnecting') lost.push(reason)
    })
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(lost).toEqual([]) // of a healthy link
    proxy.silent()
    await vi.waitFor(
      () => {
        expect(lost[0]).toBe('connection_lost')
      },
      { timeout: 3_000 },
    )
    proxy.heal()
    await client.whenStatus('connected', { timeoutMs: 15_000 })
  })

  it('is dropped after a delivery has timed out, which then takes effect once', async () => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url })
    const client = await connectThrough(backend, proxy)
    proxy.silent()
    holdTime()
    const sent = client.room('public:lobby').send('hi')
    await pass(14_900)
    expect(client.status).toBe('connected')
    await pass(300)
    expect(client.status).toBe('reconnecting')
    proxy.heal()
    vi.useRealTimers()
    await client.disconnect()
    await client.connect({ timeoutMs: 5_000 })
    expect((await sent).seq).toBe(1)
    const { messages } = await client.call('room:history', { room: 'public:lobby' })
    expect(messages.map(({ data }) => data)).toEqual(['hi'])
  })

  it('is asked once, however many calls time out', async () => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url })
    const client = await connectThrough(backend, proxy)
    const asked: unknown[] = []
    client.socket?.onAnyOutgoing((name: string) => asked.push(name))
    proxy.stall()
    holdTime()
    const calls = [0, 1, 2].map((n) => client.echo(n, { timeoutMs: 500 + n * 500 }))
    const outcomes = Promise.allSettled(calls)
    await pass(2_000)
    await outcomes
    expect(asked).toEqual(['echo', 'echo', 'echo', 'ping'])
    proxy.heal()
    await pass(10_000)
    expect(client.status).toBe('connected')
  })

  it('that is left by its client costs the next connection nothing', async () => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url })
    const client = await connectThrough(backend, proxy)
    proxy.silent()
    holdTime()
    const call = client.echo('hi', { timeoutMs: 100 }).catch(() => undefined)
    await pass(1_000)
    await call
    await client.disconnect()
    proxy.heal()
    vi.useRealTimers() // a probe that was left behind would now run on real time
    await client.connect()
    const { socketId } = client.getSnapshot()
    await client.echo('hi')
    holdTime()
    await pass(8_000)
    expect(client.getSnapshot()).toMatchObject({ status: 'connected', socketId })
  })

  it('is not asked by a call that waits for a connection', async () => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url })
    const client = await connectThrough(backend, proxy)
    const lost = client.whenStatus('reconnecting')
    proxy.drop({ forMs: Infinity })
    await lost
    const call = client.echo('hi', { timeoutMs: 200 }).catch((error: unknown) => error)
    expect(await call).toMatchObject({ code: 'timeout', mayHaveRun: false })
    const asked: unknown[] = []
    client.socket?.onAnyOutgoing((name: string) => asked.push(name))
    proxy.heal()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(asked).not.toContain('ping')
  })
})

describe.concurrent('a slow link that is busy', () => {
  const slow = 64 * 1024

  it.each(transports)(
    'over %s is not dropped while one large message arrives',
    async (transport) => {
      await using backend = await startTestServer({ limits: { maxUnreadBytes: 10 ** 9 } })
      await using proxy = await faultProxy({ target: backend.url })
      const client = await connectThrough(backend, proxy, { transports: [transport] })
      const { socketId } = client.getSnapshot()
      // Untyped, so the test can use its own event name.
      const socket = client.socket as unknown as Socket
      const arrived = new Promise((resolve) => {
        socket.once('large', resolve)
      })
      proxy.throttle(slow)
      const io = backend.server.io as unknown as Server
      io.emit('large', 'x'.repeat(7 * slow))
      const error = await client.echo('hi', { timeoutMs: 200 }).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'timeout' })
      await arrived
      expect(client.getSnapshot()).toMatchObject({ status: 'connected', socketId })
      expect(await client.echo('there')).toMatchObject({ received: 'there' })
    },
  )

  it('is not dropped while many messages arrive', async () => {
    await using backend = await startTestServer({ limits: { maxUnreadBytes: 10 ** 9 } })
    await using proxy = await faultProxy({ target: backend.url })
    const client = await connectThrough(backend, proxy)
    const { socketId } = client.getSnapshot()
    const room = client.room('public:lobby')
    await room.join()
    proxy.throttle(slow)
    for (let n = 0; n < 45; n++) await backend.server.publish('public:lobby', 'x'.repeat(10_000))
    const error = await client.echo('hi', { timeoutMs: 200 }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'timeout' })
    await vi.waitUntil(() => room.position?.seq === 45, 15_000)
    expect(client.getSnapshot()).toMatchObject({ status: 'connected', socketId })
  })
})
