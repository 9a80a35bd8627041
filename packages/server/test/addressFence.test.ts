import { describe, expect, it } from 'vitest'
import type { Limits } from '../src/index.js'
import { openWebSocket } from './support/bareWebSocket.js'
import { disguises, getRaw } from './support/disguises.js'
import { connected, refused, startServer } from './support/server.js'

/** Starts a handshake over polling; `forwardedFor` is the address that a proxy would report. */
function handshake(url: string, forwardedFor?: string) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers })
}

async function statuses(url: string, count: number, forwardedFor?: string) {
  const found: number[] = []
  for (let index = 0; index < count; index++)
    found.push((await handshake(url, forwardedFor)).status)
  return found
}

describe('handshakes of one address', () => {
  it.each<[string, Partial<Limits>]>([
    ['in a time', { handshakeBurstPerAddress: 2, handshakesPerAddressPerSecond: 0.01 }],
    ['with open connections', { connectionsPerAddress: 2 }],
    ['that wait for admission', { waitingPerAddress: 2 }],
  ])('are answered 429 when there are too many %s', async (_what, limits) => {
    await using context = await startServer({ limits })
    expect(await statuses(context.url, 3)).toEqual([200, 200, 429])
    const response = await handshake(context.url)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limited' } })
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
  })

  it('are refused over websocket as well, and let in again when a place is free', async () => {
    await using context = await startServer({ limits: { connectionsPerAddress: 1 } })
    const { token } = await context.acquire()
    const first = await connected(context.client({ auth: { token } }))
    const second = context.client({ auth: { token }, reconnection: false })
    expect((await refused(second)).message).toBe('websocket error')
    const left = new Promise((resolve) => context.server.io.engine.once('connection', resolve))
    first.close()
    await expect.poll(() => context.server.io.engine.clientsCount, { timeout: 2_000 }).toBe(0)
    await connected(second)
    await left
  })

  it('do not wait any more once they are admitted', async () => {
    await using context = await startServer({ limits: { waitingPerAddress: 1 } })
    const { token } = await context.acquire()
    for (let count = 0; count < 3; count++) {
      await connected(context.client({ auth: { token } }))
    }
    expect(context.server.io.sockets.sockets.size).toBe(3)
  })

  it('are counted by the address that a trusted proxy names, and a forged one changes nothing', async () => {
    const limits = { handshakeBurstPerAddress: 2, handshakesPerAddressPerSecond: 0.01 }
    await using trusting = await startServer({ limits, trustProxy: ['127.0.0.1'] })
    expect(await statuses(trusting.url, 3, '203.0.113.7')).toEqual([200, 200, 429])
    expect(await statuses(trusting.url, 1, '203.0.113.8')).toEqual([200])
    expect(await statuses(trusting.url, 1, '198.51.100.1, 203.0.113.7')).toEqual([429])

    await using wary = await startServer({ limits })
    expect(await statuses(wary.url, 2, '203.0.113.7')).toEqual([200, 200])
    expect(await statuses(wary.url, 1, '203.0.113.8')).toEqual([429])
  })
})

describe.each(disguises)('a handshake with %s', (_what, disguise) => {
  const path = `/socket.io/?EIO=4&transport=polling${disguise}`
  const limits = { handshakeBurstPerAddress: 3, handshakesPerAddressPerSecond: 0.001 }

  it('counts as one over polling', async () => {
    await using context = await startServer({ limits })
    const found: number[] = []
    for (let index = 0; index < 8; index++) found.push(await getRaw(context.url, path))
    expect(found.filter((status) => status === 429)).toHaveLength(5)
    expect(context.server.io.engine.clientsCount).toBeLessThanOrEqual(3)
  })

  it('counts as one over WebSocket', async () => {
    await using context = await startServer({ limits })
    const { hostname, port } = new URL(context.url)
    for (let index = 0; index < 8; index++) {
      const peer = await openWebSocket(hostname, Number(port), disguise)
      peer.destroy()
    }
    expect(await statuses(context.url, 1)).toEqual([429])
  })
})

it('a later request of a live connection is no handshake', async () => {
  const limits = { handshakeBurstPerAddress: 1, handshakesPerAddressPerSecond: 0.001 }
  await using context = await startServer({ limits })
  const { token } = await context.acquire()
  const client = await connected(
    context.client({ auth: { token }, transports: ['polling', 'websocket'] }),
  )
  await expect.poll(() => client.io.engine.transport.name).toBe('websocket')
  expect(await client.timeout(1_000).emitWithAck('ping')).toMatchObject({ ok: true })
})
