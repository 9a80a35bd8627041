import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { Limits } from '../src/index.js'
import { startCounting } from './support/countingServer.js'
import { openWebSocket, textFrame } from './support/bareWebSocket.js'
import { connected, refused, startServer } from './support/server.js'

const token = 'a-token-for-metrics'

describe('the metrics', () => {
  it('are not there unless they are asked for', async () => {
    await using context = await startServer()
    expect((await fetch(`${context.url}/metrics`)).status).toBe(404)
  })

  it.each([undefined, 'Bearer wrong', `Basic ${token}`, token])(
    'are refused to who says %s',
    async (authorization) => {
      await using context = await startCounting()
      const headers: Record<string, string> = authorization ? { authorization } : {}
      const response = await fetch(`${context.url}/metrics`, { headers })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } })
    },
  )

  it('have a port of their own where they are given one, and are gone with the server', async () => {
    await using context = await startServer({ metrics: { port: 0 } })
    const { metricsUrl = '' } = context.server.app.yektayar
    expect(metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const response = await fetch(metricsUrl)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await response.text()).toContain('yektayar_connections 0')
    expect((await fetch(`${context.url}/metrics`)).status).toBe(404)
    expect((await fetch(new URL('/health', metricsUrl))).status).toBe(404)
    await context.server.close()
    await expect(fetch(metricsUrl)).rejects.toThrow()
  })

  it('want the token on their own port as well, where there is one', async () => {
    await using context = await startServer({ metrics: { port: 0, token } })
    const { metricsUrl = '' } = context.server.app.yektayar
    expect((await fetch(metricsUrl)).status).toBe(401)
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(metricsUrl, { headers })).status).toBe(200)
  })

  it.each([{}, { token: 'short' }, { token: 'a token that has spaces' }])(
    'refuse to start with %j',
    async (metrics) => {
      await expect(startServer({ metrics })).rejects.toMatchObject({ code: 'invalid_options' })
    },
  )

  it('refuse to start on a port in use, and leave nothing open', async () => {
    const other = createHttpServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo // it listens on a port
    const start = startServer({ metrics: { port } })
    await expect(start).rejects.toMatchObject({ code: 'invalid_options' })
    await new Promise((resolve) => other.close(resolve))
  })

  it('count connections, and sessions that have some', async () => {
    await using context = await startCounting()
    const session = await context.acquire()
    for (let count = 0; count < 2; count++) {
      await connected(context.client({ auth: { token: session.token } }))
    }
    await context.connect()
    expect(await context.value('yektayar_connections')).toBe(3)
    expect(await context.value('yektayar_live_sessions')).toBe(2)
  })

  it('count commands by name and outcome, with all unknown names as one', async () => {
    await using context = await startCounting()
    const client = await context.connect()
    for (const name of ['ping', 'ping', 'nope', 'nada', '__proto__'] as 'ping'[]) {
      await client.emitWithAck(name)
    }
    await client.emitWithAck('ping', 1)
    const commands = 'yektayar_commands_total'
    expect(await context.value(`${commands}{command="ping",outcome="ok"}`)).toBe(2)
    expect(await context.value(`${commands}{command="ping",outcome="invalid_input"}`)).toBe(1)
    const unknown = `${commands}{command="unknown",outcome="unknown_command"}`
    expect(await context.value(unknown)).toBe(3)
    const durations = 'yektayar_command_duration_seconds_count'
    expect(await context.value(`${durations}{command="ping"}`)).toBe(3)
    expect(await context.read()).not.toMatch(/nope|nada|__proto__/)
  })

  it('tell how late the event loop was in a histogram that no scrape resets', async () => {
    await using context = await startCounting()
    const look = async () => {
      const text = await context.read()
      const of = (line: string) =>
        Number(text.split(`yektayar_event_loop_delay_seconds${line} `)[1]?.split('\n')[0])
      return { late: of('_count') - of('_bucket{le="0.05"}'), sum: of('_sum') }
    }
    const before = await look()
    for (let count = 0; count < 3; count++) {
      const until = performance.now() + 100
      while (performance.now() < until); // blocks the event loop
      await new Promise(setImmediate)
      await new Promise(setImmediate) // by now the timers have run
    }
    await vi.waitFor(async () => {
      expect((await look()).late).toBeGreaterThanOrEqual(before.late + 3)
    })
    expect((await look()).sum).toBeGreaterThan(before.sum + 0.15)
    expect((await look()).late).toBeGreaterThanOrEqual(before.late + 3)
  })
})

type Counting = Awaited<ReturnType<typeof startCounting>>

function handshake({ url }: Counting) {
  return fetch(`${url}/socket.io/?EIO=4&transport=polling`)
}

async function acquireTwice(context: Counting) {
  await context.acquire()
  await context.acquire()
}

function sendFrom(input: unknown, name = 'echo') {
  return async (context: Counting) => {
    const client = await context.connect()
    const lost = new Promise((resolve) => client.once('disconnect', resolve))
    for (let count = 0; count < 3; count++) client.emit(name as 'echo', input as never)
    await lost
  }
}

const provocations: [
  limit: string,
  limits: Partial<Limits>,
  act: (context: Counting) => unknown,
][] = [
  ['acquiresPerAddressPerMinute', { acquiresPerAddressPerMinute: 1 }, acquireTwice],
  [
    'commandsPerSessionPerSecond',
    { commandBurstPerSession: 1, commandsPerSessionPerSecond: 0.01 },
    async (context) => {
      const client = await context.connect()
      await client.emitWithAck('ping')
      await client.emitWithAck('ping')
    },
  ],
  [
    'handshakesPerAddressPerSecond',
    { handshakeBurstPerAddress: 1, handshakesPerAddressPerSecond: 0.01 },
    async (context) => {
      await handshake(context)
      await handshake(context)
    },
  ],
  [
    'connectionsPerAddress',
    { connectionsPerAddress: 1 },
    async (context) => {
      await context.connect()
      await refused(context.client({ reconnection: false }))
    },
  ],
  [
    'waitingPerAddress',
    { waitingPerAddress: 1 },
    async (context) => {
      await handshake(context)
      await handshake(context)
    },
  ],
  [
    'connectionsPerSession',
    { connectionsPerSession: 1 },
    async (context) => {
      const session = await context.acquire()
      const auth = { token: session.token }
      await connected(context.client({ auth, reconnection: false }))
      await connected(context.client({ auth }))
    },
  ],
  ['packetsPerSecond', { packetBurst: 2, packetsPerSecond: 0.01 }, sendFrom('x')],
  ['maxInputDepth', { maxInputDepth: 2 }, sendFrom([[[1]]])],
  ['maxPacketKeys', { maxPacketKeys: 1 }, sendFrom({ a: 1, b: 2 })],
  ['maxAttachments', {}, sendFrom(Buffer.from('x'))],
  ['maxPayloadBytes', { maxPayloadBytes: 1_000 }, sendFrom('x'.repeat(1_000))],
  [
    'maxPayloadBytes',
    { maxPayloadBytes: 1_000 },
    ({ url }) =>
      fetch(`${url}/api/session/acquire`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify('x'.repeat(1_000)),
      }),
  ],
  [
    'maxPayloadBytes',
    { maxPayloadBytes: 1_000 },
    async (context) => {
      const { sid } = JSON.parse((await (await handshake(context)).text()).slice(1)) as {
        sid: string
      }
      const address = `${context.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`
      await fetch(address, { method: 'POST', body: 'x'.repeat(1_001) })
    },
  ],
  [
    'admissionTimeoutMs',
    { admissionTimeoutMs: 50, closeGraceMs: 50 },
    async ({ url }) => {
      const peer = await openWebSocket(new URL(url).hostname, Number(new URL(url).port))
      await new Promise((resolve) => peer.once('close', resolve))
    },
  ],
  [
    'connectsPerTransport',
    { connectsPerTransport: 1, closeGraceMs: 50 },
    async ({ url }) => {
      const peer = await openWebSocket(new URL(url).hostname, Number(new URL(url).port))
      for (let count = 0; count < 3; count++) peer.write(textFrame('40{}'))
      peer.resume()
      await new Promise((resolve) => peer.once('close', resolve))
    },
  ],
]

describe('a refusal', () => {
  it.each(provocations)('by %s is counted (%j)', async (limit, limits, act) => {
    await using context = await startCounting(limits)
    await act(context)
    await vi.waitFor(async () => {
      const count = await context.value(`yektayar_refused_total{limit="${limit}"}`)
      expect(count).toBeGreaterThanOrEqual(1)
    })
    const limitNames = [...(await context.read()).matchAll(/refused_total\{limit="(\w+)"/g)]
    expect(limitNames.map(([, name]) => name)).toEqual([limit])
  })

  it.each(['signInsPerAddressPerMinute', 'signInsPerAccountPerMinute'] as const)(
    'by %s is counted',
    async (limit) => {
      const limits = { signInsPerAddressPerMinute: 100, signInsPerAccountPerMinute: 100 }
      const more = { authenticate: () => null }
      await using context = await startCounting({ ...limits, [limit]: 1 }, more)
      const session = await context.acquire()
      for (const status of [401, 429]) {
        const response = await fetch(`${context.url}/api/session/sign-in`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${session.token}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ username: 'sara' }),
        })
        expect(response.status).toBe(status)
      }
      expect(await context.value(`yektayar_refused_total{limit="${limit}"}`)).toBe(1)
    },
  )
})
