import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { YektaYarSocket, YektaYarSocketOptions } from '../src/index.js'
import { agree, startGateway } from './support/gateway.js'
import { rejection, startServer } from './support/server.js'

const CLOSE_FRAME = Buffer.from([0x88, 0x02, 0x03, 0xe9]) // 1001, going away

/** A timeout that only guards the test; connecting normally takes far less. */
const soon = { timeoutMs: 4_000 }

const closings: [what: string, close: (client: Socket) => void][] = [
  ['with the answer', (client) => client.end()],
  ['with a close frame', (client) => client.end(CLOSE_FRAME)],
  ['in the middle of a frame', (client) => client.end(Buffer.from([0x81, 0x7e, 0x01]))],
  ['by a reset', (client) => setImmediate(() => client.resetAndDestroy())],
]

describe('a WebSocket that closes before Engine.IO’s first packet', () => {
  it.each(closings)('%s ends the attempt at once', async (_what, close) => {
    await using context = await startServer()
    let left = 3
    await using gateway = await startGateway(context.url, (client, pass) => {
      if (left-- <= 0) {
        pass()
        return
      }
      agree(client)
      close(client)
    })
    const client = context.client({ url: gateway.url, transports: ['websocket'] })
    const reasons = reasonsOf(client)
    await client.connect(soon)
    expect(gateway.upgrades).toBe(4)
    expect(reasons).toEqual(['network_error', 'network_error', 'network_error'])
    expect(await client.echo('there')).toMatchObject({ received: 'there' })
  })

  it.each(closings)('%s leaves the attempt to polling', async (_what, close) => {
    await using context = await startServer()
    let isBroken = true
    await using gateway = await startGateway(context.url, (client, pass) => {
      if (!isBroken) {
        pass()
        return
      }
      agree(client)
      close(client)
    })
    const client = context.client({ url: gateway.url })
    const reasons = reasonsOf(client)
    await client.connect(soon)
    expect(reasons).toEqual([])
    expect(client.getSnapshot().transport).toBe('polling')
    expect(gateway.upgrades).toBe(1)
    expect(await client.echo('there')).toMatchObject({ received: 'there' })

    isBroken = false
    const lost = client.whenStatus('reconnecting')
    for (const { conn } of context.server.io.sockets.sockets.values()) conn.close()
    await lost
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(client.getSnapshot().transport).toBe('websocket')
  })

  it('is an error of the attempt where the server refuses after it', async () => {
    await using context = await startServer()
    await using gateway = await startGateway(context.url, (client) => {
      agree(client)
      client.end()
    })
    const client = context.client({ url: gateway.url, token: 'x'.repeat(43) })
    expect(await rejection(client.connect(soon))).toMatchObject({ code: 'token_invalid' })
    expect(client.status).toBe('stopped')
  })

  it('is given up with the client', async () => {
    await using context = await startServer()
    let agreed = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      agreed = resolve
    })
    await using gateway = await startGateway(context.url, (client) => {
      agree(client)
      agreed()
      client.once('end', () => client.end())
    })
    const client = context.client({ url: gateway.url })
    void client.connect()
    await asked
    await client.disconnect()
    expect(client.status).toBe('idle')
    expect(gateway.upgrades).toBe(1)
  })
})

describe('a request without an answer', () => {
  it.each<[what: string, answer: () => unknown]>([
    ['whose server is silent', () => new Promise(() => undefined)],
    [
      'whose body does not come',
      () => Promise.resolve(new Response(new ReadableStream({ start: () => undefined }))),
    ],
  ])('%s is given up after 5 s and made again', async (_what, answer) => {
    await using context = await startServer()
    const fetchSpy = vi.fn<typeof fetch>(fetch).mockImplementationOnce(answer as typeof fetch)
    const client = context.client({ fetch: fetchSpy })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const reasons = reasonsOf(client)
      void client.connect()
      await vi.advanceTimersByTimeAsync(4_900)
      expect(reasons).toEqual([])
      await vi.advanceTimersByTimeAsync(200)
      expect(reasons).toEqual(['network_error'])
    } finally {
      vi.useRealTimers()
    }
    await vi.waitFor(() => {
      expect(fetchSpy).toHaveBeenCalledTimes(2)
    })
  })

  it('has more time the next time, for a network that is slow', async () => {
    const signals: AbortSignal[] = []
    await using context = await startServer()
    const client = context.client({
      connectTimeoutMs: 60_000,
      fetch: (_url, init) => {
        if (init?.signal) signals.push(init.signal)
        return new Promise(() => undefined)
      },
    } satisfies YektaYarSocketOptions)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      void client.connect()
      await vi.advanceTimersByTimeAsync(5_100)
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
      await vi.advanceTimersByTimeAsync(9_800)
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
      await vi.advanceTimersByTimeAsync(300)
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false])
    } finally {
      vi.useRealTimers()
    }
  })
})

/** Collects the status reason of every failed attempt from now on. */
function reasonsOf(client: YektaYarSocket): unknown[] {
  const reasons: unknown[] = []
  client.subscribe(({ reason, nextRetryAt }) => {
    if (nextRetryAt !== null) reasons.push(reason)
  })
  return reasons
}
