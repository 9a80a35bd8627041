import type { YektaYarSocket } from '@yektayar/client'
import type { TestServer } from '@yektayar/testing'
import { io } from 'socket.io-client'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { enterNetwork, networks } from './support/networks.js'
import type { Network } from './support/networks.js'

/** Whether all networks run, with the target times, as in `npm run test:long`. */
const isLong = process.env.NETWORKS === 'all'

/** The networks of a short run, which allows five times the target time. */
const short = [
  'refused',
  'hang: u',
  'swallow: u',
  'captive',
  'another server answers 404',
  'half-open',
]
const chosen = networks.filter(({ name }) => isLong || short.some((one) => name.startsWith(one)))

const rows: string[] = []

function limitOf({ roundTripMs = 0 }: Network): number {
  return (3_000 + 4 * roundTripMs) * (isLong ? 1 : 5)
}

/**
 * How many milliseconds plain Socket.IO needs with its defaults; `undefined` if it never connects.
 */
async function plainSocketIo(url: string, token: string, withinMs: number) {
  const startedAt = performance.now()
  const socket = io(url, { auth: { token }, forceNew: true })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      setTimeout(reject, withinMs, new Error('not in time'))
    })
    return Math.round(performance.now() - startedAt)
  } catch {
    return undefined
  } finally {
    socket.disconnect()
  }
}

/** Closes the connection from the server's side, and waits for the client's next one. */
async function reconnect(client: YektaYarSocket, { server }: TestServer): Promise<void> {
  const lost = client.whenStatus('reconnecting', { timeoutMs: 15_000 })
  for (const { conn } of server.io.sockets.sockets.values()) conn.close()
  await lost
  await client.whenStatus('connected', { timeoutMs: 15_000 })
}

describe('a network', { timeout: 120_000 }, () => {
  it.each(chosen)('that is: $name', async (network) => {
    await using scene = await enterNetwork(network)
    const { backend, proxy, url, token } = scene
    const limitMs = limitOf(network)
    const client = backend.client({ url, retryDelayMs: 1_000, callTimeoutMs: 1_000 })
    const startedAt = performance.now()
    void client.connect()
    await vi.waitUntil(() => client.status === 'connected' || client.getSnapshot().error !== null, {
      timeout: limitMs,
      interval: 5,
    })
    const isHere = network.lets === 'connect'
    if (isHere) await client.whenStatus('connected', { timeoutMs: limitMs })
    const tookMs = Math.round(performance.now() - startedAt)
    const { error, transport } = client.getSnapshot()
    if (isHere) {
      expect(tookMs).toBeLessThan(limitMs)
    } else {
      expect(client.status).toBe('connecting')
      expect(error?.message).toBeTruthy()
      expect(error?.hint).toBeTruthy()
    }

    let later = ''
    if (network.later) {
      const { socketId } = client.getSnapshot()
      network.later(proxy)
      const lostAt = performance.now()
      await client.echo('lost', { timeoutMs: 1_000 }).catch(() => undefined)
      // At the latest, the probe after that call notices the loss; then the client connects again.
      await vi.waitUntil(
        () => client.status === 'connected' && client.getSnapshot().socketId !== socketId,
        { timeout: 30_000, interval: 5 },
      )
      later = `again after ${String(Math.round(performance.now() - lostAt))} ms, by ${String(client.getSnapshot().transport)}`
    }
    if (isHere && !network.roundTripMs) {
      expect(await client.echo('there')).toMatchObject({ received: 'there' })
    }
    await client.disconnect()
    if (!isLong) return
    const plainMs = network.later ? undefined : await plainSocketIo(url, token, limitMs + 5_000)
    if (!network.later) expect(plainMs !== undefined).toBe(isHere)
    const outcome = isHere
      ? `connected in ${String(tookMs)} ms, by ${String(transport)}`
      : `${String(error?.code)} after ${String(tookMs)} ms: ${String(error?.message)}`
    const plain = plainMs === undefined ? '-' : `${String(plainMs)} ms`
    rows.push(`| ${network.name} | ${plain} | ${[outcome, later].filter(Boolean).join('; ')} |`)
  })

  afterAll(() => {
    if (isLong) console.info(['| network | plain | ours |', '|---|---|---|', ...rows].join('\n'))
  })
})

describe('a network that swallows WebSockets for a while', { timeout: 60_000 }, () => {
  it('is remembered, so that polling comes sooner, and WebSocket is tried again', async () => {
    await using scene = await enterNetwork({
      name: 'hang',
      lets: 'connect',
      begin: (proxy) => {
        proxy.hang()
      },
    })
    const { backend, proxy } = scene
    const client = backend.client({ url: proxy.url })
    await client.connect({ timeoutMs: 15_000 })
    const { socket } = client
    expect(client.getSnapshot().transport).toBe('polling')
    const heard = vi.fn()
    socket?.on('connect', heard)

    const againAt = performance.now()
    await reconnect(client, backend)
    expect(client.getSnapshot().transport).toBe('polling')
    if (isLong) expect(performance.now() - againAt).toBeLessThan(2_000)

    proxy.heal()
    await reconnect(client, backend)
    expect(client.getSnapshot().transport).toBe('websocket')
    expect(client.socket).toBe(socket)
    expect(heard).toHaveBeenCalledTimes(2)
    await vi.waitFor(() => {
      // The transport that lost the race is closed.
      expect(backend.server.io.engine.clientsCount).toBe(1)
    }, 10_000)
  })
})
