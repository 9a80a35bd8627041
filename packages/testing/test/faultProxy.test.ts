import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { faultProxy, startTestServer } from '../src/index.js'
import { attempt, open, startPeer } from './support/startPeer.js'
import type { Watched } from './support/startPeer.js'

const MEBIBYTE = 2 ** 20

/** A connection through the proxy, with both of its ends. */
async function connected(proxy: { url: string }, peer: { accepted: Watched[] }) {
  const client = await open(proxy.url)
  await once(client.socket, 'data')
  const server = peer.accepted.at(-1)
  if (!server) throw new Error('Nobody greeted')
  return { client, server, [Symbol.dispose]: client[Symbol.dispose] }
}

describe('a proxy without faults', () => {
  it('passes bytes both ways, and the end of each', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    expect(proxy.connections).toBe(1)

    link.client.socket.end('question')
    expect(await link.server.over).toBe('end')
    expect(link.server.text()).toBe('question')
    link.server.socket.end('answer')
    expect(await link.client.over).toBe('end')
    expect(link.client.text()).toBe('<answer')
    await vi.waitFor(() => {
      expect(proxy.connections).toBe(0)
    })
  })

  it('passes on that a side was reset', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    link.server.socket.resetAndDestroy()
    expect(await link.client.over).toBe('ECONNRESET')
  })

  it('resets a connection whose server is not there', async () => {
    const peer = await startPeer()
    await peer[Symbol.asyncDispose]()
    await using proxy = await faultProxy({ target: peer.target })
    using client = await open(proxy.url)
    expect(await client.over).toBe('ECONNRESET')
  })

  it('closes its connections with its scope', async () => {
    await using peer = await startPeer()
    const proxy = await faultProxy({ target: peer.target, seed: 1, resetEveryMs: 60_000 })
    using link = await connected(proxy, peer)
    proxy.delay(60_000)
    link.client.socket.write('still on its way')
    proxy.stall({ direction: 'toClient', forMs: 60_000 })
    await proxy[Symbol.asyncDispose]()
    expect(await link.client.over).toMatch(/end|ECONNRESET/)
    expect(await link.server.over).toMatch(/end|ECONNRESET/)
    await expect(open(proxy.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('a fault that is called for', () => {
  it('resets both sides', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.reset()
    expect(await link.client.over).toBe('ECONNRESET')
    expect(await link.server.over).toBe('ECONNRESET')
  })

  it('drops what is open, and what comes until the drop is over', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.drop({ forMs: Infinity })
    expect(await link.client.over).toBe('end')
    expect(await link.server.over).toBe('end')
    expect(await attempt(proxy.url)).toBe('ECONNRESET')
    proxy.heal()
    expect(await attempt(proxy.url)).toBe('<')
    expect(peer.accepted).toHaveLength(2)
  })

  it('lets connections in again when the time of a drop is over', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    proxy.drop({ forMs: 50 })
    expect(await attempt(proxy.url)).toBe('ECONNRESET')
    await vi.waitFor(async () => {
      expect(await attempt(proxy.url)).toBe('<')
    })
  })

  it('stalls one direction and lets the other pass, and loses nothing by it', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.stall({ direction: 'toServer' })
    link.client.socket.write('held')
    link.server.socket.write('passes')
    await once(link.client.socket, 'data')
    link.server.socket.write('too')
    await once(link.client.socket, 'data')
    expect(link.client.text()).toBe('<passestoo')
    expect(link.server.text()).toBe('')

    proxy.heal()
    await once(link.server.socket, 'data')
    expect(link.server.text()).toBe('held')
  })

  it('stalls both directions for a while, the end of the bytes too', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    const startedAt = performance.now()
    proxy.stall({ forMs: 100 })
    link.client.socket.end('held')
    expect(await link.server.over).toBe('end')
    expect(link.server.text()).toBe('held')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(98)
  })

  it('reads no more than its bound while it stalls', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.stall()
    const sent = Buffer.alloc(32 * MEBIBYTE, 'x')
    const before = process.memoryUsage().arrayBuffers
    link.client.socket.write(sent)
    await steady(() => process.memoryUsage().arrayBuffers)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MEBIBYTE)

    proxy.heal()
    let received = 0
    for await (const chunk of link.server.socket) {
      received += (chunk as Buffer).length
      if (received === sent.length) break
    }
    expect(received).toBe(sent.length)
  })

  it('ends one way for its reader, and leaves the other', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.halfClose('toServer')
    expect(await link.server.over).toBe('end')
    link.client.socket.write('goes nowhere')
    link.server.socket.write('still passes')
    await once(link.client.socket, 'data')
    expect(link.client.text()).toBe('<still passes')
    expect(link.server.text()).toBe('')
  })

  it('delays bytes without changing their order or their pace', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.delay([40, 80])
    const startedAt = performance.now()
    for (const digit of '0123456789') {
      link.client.socket.write(digit)
      await new Promise(setImmediate)
    }
    link.client.socket.end()
    await link.server.over
    const tookMs = performance.now() - startedAt
    expect(link.server.text()).toBe('0123456789')
    expect(tookMs).toBeGreaterThanOrEqual(39)
    expect(tookMs).toBeLessThan(10 * 40) // the delays overlap
  })

  it('passes so many bytes on in a second, and keeps the rest', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target, bytesPerSecond: 100_000 })
    using link = await connected(proxy, peer)
    const startedAt = performance.now()
    link.server.socket.end(Buffer.alloc(50_000))
    await link.client.over
    const seconds = (performance.now() - startedAt) / 1_000
    expect(seconds).toBeGreaterThan(0.4)
    expect(seconds).toBeLessThan(2.5)
    expect(link.client.text()).toHaveLength(50_001)
  })

  it('passes tiny slices on, each as a packet of its own', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.slice([1, 3])
    const text = 'Every byte arrives, in order.'.repeat(20)
    link.client.socket.end(text)
    await link.server.over
    expect(link.server.text()).toBe(text)
    expect(link.server.chunks.length).toBeGreaterThan(20)
  })
})

describe('a plan', () => {
  const everything = {
    resetEveryMs: [60, 180],
    dropEveryMs: [100, 900],
    dropForMs: [1, 20],
    stallEveryMs: [40, 400],
    halfCloseEveryMs: 250,
  } as const

  /** Runs a plan for ten seconds of fake time and returns its faults with their times. */
  async function tenSeconds(seed: number, plan: Parameters<typeof faultProxy>[0] | object) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const faults: string[] = []
      const startedAt = Date.now()
      await using _proxy = await faultProxy({
        target: 'http://127.0.0.1:1',
        seed,
        onFault: (fault) => faults.push(`${Date.now() - startedAt} ${JSON.stringify(fault)}`),
        ...plan,
      })
      await vi.advanceTimersByTimeAsync(10_000)
      return faults
    } finally {
      vi.useRealTimers()
    }
  }

  it('is the same for the same seed, and another for another', async () => {
    const faults = await tenSeconds(7, everything)
    expect(faults.length).toBeGreaterThan(150)
    for (const kind of ['reset', 'drop', 'stall', 'halfClose']) {
      expect(faults.join()).toContain(`"kind":"${kind}"`)
    }
    expect(await tenSeconds(7, everything)).toEqual(faults)
    expect(await tenSeconds(8, everything)).not.toEqual(faults)
  })

  it('does not shift one kind of fault for another', async () => {
    const resets = await tenSeconds(7, { resetEveryMs: [60, 180] })
    const all = await tenSeconds(7, everything)
    expect(all.filter((fault) => fault.includes('"reset"'))).toEqual(resets)
  })

  it('prints a seed that it has drawn, and none that it was given', async () => {
    using info = vi.spyOn(console, 'info').mockReturnValue(undefined)
    const target = 'http://127.0.0.1:1'
    await using drawn = await faultProxy({ target, resetEveryMs: 1_000 })
    expect(info.mock.calls).toEqual([[`faultProxy: seed ${drawn.seed} repeats this plan`]])
    await using _given = await faultProxy({ target, resetEveryMs: 1_000, seed: 7 })
    await using _faultless = await faultProxy({ target })
    expect(info).toHaveBeenCalledTimes(1)
  })

  it('ends with heal()', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const onFault = vi.fn()
    await using proxy = await faultProxy({
      target: 'http://127.0.0.1:1',
      seed: 1,
      ...everything,
      onFault,
    })
    await vi.advanceTimersByTimeAsync(1_000)
    proxy.heal()
    onFault.mockClear()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    expect(onFault).not.toHaveBeenCalled()
  })
})

it.each([
  [{ resetEveryMs: [180, 60] as const }, /resetEveryMs is \[180,60\]; allowed/],
  [{ stallEveryMs: 0 }, /stallEveryMs is 0; allowed: a number from 1 on/],
  [{ dropForMs: NaN }, /dropForMs/],
  [{ delayMs: -1 }, /delayMs/],
  [{ sliceBytes: [0, 4] as const }, /sliceBytes/],
  [{ bytesPerSecond: 0 }, /bytesPerSecond/],
])('refuses %j', async (options, message) => {
  await expect(faultProxy({ target: 'http://127.0.0.1:1', ...options })).rejects.toThrow(message)
})

describe('a client behind it', () => {
  it('comes back after each reset, and is answered while bytes come late and in slices', async () => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url, delayMs: [0, 3] })
    proxy.slice([1, 200])
    const client = backend.client({ url: proxy.url })
    await client.connect()
    for (const round of [1, 2, 3]) {
      const lost = client.whenStatus('reconnecting')
      proxy.reset()
      await lost
      await client.whenStatus('connected')
      expect(await client.echo(round)).toMatchObject({ received: round })
    }
  })
})

/** Resolves once a number has stopped changing. */
async function steady(read: () => number): Promise<void> {
  for (let last = NaN; read() !== last;) {
    last = read()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
