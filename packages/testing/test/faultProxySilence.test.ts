import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { faultProxy, startTestServer } from '../src/index.js'
import { attempt, open, startPeer } from './support/startPeer.js'
import type { Watched } from './support/startPeer.js'

/** A connection through the proxy, with both of its ends. */
async function connected(proxy: { url: string }, peer: { accepted: Watched[] }) {
  const client = await open(proxy.url)
  await once(client.socket, 'data')
  const server = peer.accepted.at(-1)
  if (!server) throw new Error('Nobody greeted')
  return { client, server, [Symbol.dispose]: client[Symbol.dispose] }
}

describe('a silent fault proxy', () => {
  it('swallows one direction, its end too, and lets the other pass', async () => {
    await using peer = await startPeer()
    const onFault = vi.fn()
    await using proxy = await faultProxy({ target: peer.target, onFault })
    using link = await connected(proxy, peer)
    proxy.silent({ direction: 'toServer' })
    expect(onFault.mock.lastCall).toEqual([
      { kind: 'silent', direction: 'toServer', forMs: Infinity },
    ])
    link.client.socket.write('swallowed')
    link.server.socket.write('passes')
    await once(link.client.socket, 'data')
    expect(link.client.text()).toBe('<passes')

    link.client.socket.destroy()
    proxy.heal()
    using other = await connected(proxy, peer)
    other.client.socket.end('heard')
    expect(await other.server.over).toBe('end')
    expect(link.server.text()).toBe('')
    expect(await outcomeOf(link.server)).toBe('open')
  })

  it('does not tell the client that the server has reset the connection', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    using link = await connected(proxy, peer)
    proxy.silent()
    link.server.socket.resetAndDestroy()
    proxy.heal()
    using other = await connected(proxy, peer)
    other.client.socket.end()
    await other.server.over
    link.client.socket.write('goes nowhere')
    expect(await outcomeOf(link.client)).toBe('open')
  })

  it('silences new connections from their start until forMs has passed', async () => {
    await using peer = await startPeer()
    await using proxy = await faultProxy({ target: peer.target })
    proxy.silent({ direction: 'toClient', forMs: 50 })
    using client = await open(proxy.url)
    await vi.waitFor(() => {
      expect(peer.accepted).toHaveLength(1) // so the server has sent its greeting
    })
    await vi.waitFor(async () => {
      expect(await Promise.race([attempt(proxy.url), soon('silent')])).toBe('<')
    })
    expect(client.text()).toBe('')
  })
})

it('passes on so many bytes a second, each way of each connection', async () => {
  await using peer = await startPeer()
  await using proxy = await faultProxy({ target: peer.target })
  using link = await connected(proxy, peer)
  using other = await connected(proxy, peer)
  proxy.throttle(64 * 1024)
  const startedAt = performance.now()
  link.client.socket.end(Buffer.alloc(32 * 1024, 'x'))
  other.client.socket.end(Buffer.alloc(32 * 1024, 'y'))
  await Promise.all([link.server.over, other.server.over])
  const tookMs = performance.now() - startedAt
  expect(link.server.text()).toHaveLength(32 * 1024)
  expect(other.server.text()).toHaveLength(32 * 1024)
  expect(tookMs).toBeGreaterThan(400)
  expect(tookMs).toBeLessThan(2_500)
  expect(link.server.chunks.length).toBeGreaterThan(5)
})

it('ends one way once so many bytes have passed, and leaves the other', async () => {
  await using peer = await startPeer()
  await using proxy = await faultProxy({ target: peer.target })
  using link = await connected(proxy, peer)
  proxy.cutAfter(4, 'toServer')
  link.client.socket.write('ab')
  link.client.socket.write('cdef')
  expect(await link.server.over).toBe('end')
  expect(link.server.text()).toBe('abcd')
  link.server.socket.write('answer')
  await once(link.client.socket, 'data')
  expect(link.client.text()).toBe('<answer')

  using next = await connected(proxy, peer)
  next.client.socket.write('counts anew')
  expect(await next.server.over).toBe('end')
  expect(next.server.text()).toBe('coun')

  proxy.heal()
  using last = await connected(proxy, peer)
  last.client.socket.end('as much as it likes')
  expect(await last.server.over).toBe('end')
  expect(last.server.text()).toBe('as much as it likes')
})

it.each([
  [
    'throttle',
    (proxy: Awaited<ReturnType<typeof faultProxy>>) => {
      proxy.throttle(0)
    },
  ],
  [
    'cutAfter',
    (proxy: Awaited<ReturnType<typeof faultProxy>>) => {
      proxy.cutAfter(-1, 'toServer')
    },
  ],
])('refuses a number for %s that cannot work', async (_what, act) => {
  await using proxy = await faultProxy({ target: 'http://127.0.0.1:1' })
  expect(() => {
    act(proxy)
  }).toThrow(RangeError)
})

it('leads new connections to another server, and leaves those that are open', async () => {
  await using first = await startPeer()
  await using second = await startPeer()
  await using proxy = await faultProxy({ target: first.target })
  using link = await connected(proxy, first)
  proxy.retarget(second.target)
  using other = await connected(proxy, second)
  link.client.socket.end('stays')
  other.client.socket.end('goes elsewhere')
  await Promise.all([link.server.over, other.server.over])
  expect(link.server.text()).toBe('stays')
  expect(other.server.text()).toBe('goes elsewhere')
})

it('lets a client come back whose request for a session was cut on its way', async () => {
  await using backend = await startTestServer()
  await using proxy = await faultProxy({ target: backend.url })
  proxy.cutAfter(120, 'toServer') // inside the request headers
  const client = backend.client({ url: proxy.url })
  const failed = new Promise<unknown>((resolve) => {
    client.subscribe(({ nextRetryAt, reason }) => {
      if (nextRetryAt !== null) resolve(reason)
    })
  })
  void client.connect()
  expect(await failed).toBe('network_error')
  proxy.heal()
  await client.whenStatus('connected', { timeoutMs: 5_000 })
})

/** How a connection ended, or `open` if it has not. */
function outcomeOf({ over }: Watched): Promise<string> {
  return Promise.race([over, soon('open')])
}

function soon(value: string): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100, value)
  })
}
