import { YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { describe, expect, it, vi } from 'vitest'

const CLIENTS = 200

/** A tenth of the usual delays, so the window of 30 s becomes 3 s. */
const delays = { retryDelayMs: 100, retryDelayMaxMs: 1_500 }

/** WebSocket only: on a slow machine, clients would start polling as well after 2.5 s. */
const transports = ['websocket'] as const
const WINDOW_MS = 3_000

const roomy = {
  acquiresPerAddressPerMinute: 1_000_000,
  handshakesPerAddressPerSecond: 1_000_000,
  handshakeBurstPerAddress: 1_000_000,
  connectionsPerAddress: 1_000_000,
  waitingPerAddress: 1_000_000,
}

/** Many connected clients, each with a count of its session requests. */
async function connectMany() {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    limits: roomy,
  })
  const url = await server.listen()
  const refusal = { isOn: false }
  const clients = Array.from({ length: CLIENTS }, () => {
    const fetchSpy = vi.fn((...request: Parameters<typeof fetch>) =>
      refusal.isOn ? Promise.resolve(new Response('busy', { status: 503 })) : fetch(...request),
    )
    return { fetchSpy, client: new YektaYarSocket({ url, fetch: fetchSpy, transports, ...delays }) }
  })
  await Promise.all(clients.map(({ client }) => client.connect()))
  let handshakes = 0
  server.io.engine.on('connection', () => handshakes++)
  for (const { fetchSpy } of clients) fetchSpy.mockClear()
  return {
    clients,
    refusal,
    handshakes: () => handshakes,
    requests: () => clients.map(({ fetchSpy }) => fetchSpy.mock.calls.length),
    async revokeAll() {
      const ids = [...server.io.sockets.sockets.values()].map(({ data }) => data.sessionId)
      await Promise.all(ids.map((id) => server.sessions.end(id)))
    },
    async [Symbol.asyncDispose]() {
      for (const { client } of clients) await client.disconnect()
      await server.close()
    },
  }
}

describe('200 clients whose sessions are revoked at once', () => {
  it('make two requests each, for a session and a connection', async () => {
    await using scene = await connectMany()
    const replaced = scene.clients.map(({ client }) =>
      client.whenStatus('reconnecting').then(() => client.whenStatus('connected')),
    )
    await scene.revokeAll()
    await Promise.all(replaced)
    expect(scene.requests().every((count) => count === 1)).toBe(true)
    expect(scene.handshakes()).toBe(CLIENTS)
  }, 20_000)

  it('make at most two each while the server refuses them, and all come back when it does not', async () => {
    await using scene = await connectMany()
    scene.refusal.isOn = true
    await scene.revokeAll()
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS))
    const requests = scene.requests()
    expect(Math.max(...requests)).toBeLessThanOrEqual(2)
    expect(Math.min(...requests)).toBeGreaterThanOrEqual(1)
    expect(scene.handshakes()).toBe(0)

    scene.refusal.isOn = false
    await Promise.all(
      scene.clients.map(({ client }) => client.whenStatus('connected', { timeoutMs: 10_000 })),
    )
  }, 20_000)
})
