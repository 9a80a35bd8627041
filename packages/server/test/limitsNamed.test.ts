import { io } from 'socket.io-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { yektayar } from '../src/index.js'
import type { Limits } from '../src/index.js'
import { startLoggingApp } from './support/loggingApp.js'
import { emptyStore } from './support/testDatabase.js'

interface Refusal {
  readonly code: string
  readonly hint: string
  readonly data: { readonly limit?: string; readonly retryAfterMs: number }
}

type App = Awaited<ReturnType<typeof start>>

async function start(limits: Partial<Limits>) {
  const databaseUrl = await emptyStore()
  const app = await startLoggingApp((instance) =>
    Promise.resolve(
      instance.register(
        yektayar({ databaseUrl, limits, metrics: { token: 'a-token-for-metrics' } }),
      ),
    ),
  )
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${app.url}${path}`, init)
    return (await response.json()) as { token: string; error: Refusal }
  }
  const acquire = () => ask('/api/session/acquire', { method: 'POST' })
  return Object.assign(app, { ask, acquire })
}

/** A connection whose commands resolve with their refusal. */
async function connect({ url, acquire }: App) {
  const { token } = await acquire()
  const client = io(url, { auth: { token }, transports: ['websocket'], forceNew: true })
  onTestFinished(() => {
    client.close()
  })
  await new Promise<void>((resolve) => client.once('connect', resolve))
  return async (name: string, input: unknown): Promise<Refusal> => {
    const answer = (await client.emitWithAck(name, input)) as { error: Refusal }
    return answer.error
  }
}

const ways: [
  limit: keyof Limits,
  limits: Partial<Limits>,
  refuse: (app: App) => Promise<Refusal>,
][] = [
  [
    'acquiresPerAddressPerMinute',
    { acquiresPerAddressPerMinute: 1 },
    async ({ acquire }) => {
      await acquire()
      return (await acquire()).error
    },
  ],
  [
    'handshakesPerAddressPerSecond',
    { handshakesPerAddressPerSecond: 0.001, handshakeBurstPerAddress: 1 },
    async ({ url }) => {
      const handshake = () => fetch(`${url}/socket.io/?EIO=4&transport=polling`)
      await handshake()
      return ((await (await handshake()).json()) as { error: Refusal }).error
    },
  ],
  [
    'commandsPerSessionPerSecond',
    { commandsPerSessionPerSecond: 0.001, commandBurstPerSession: 1 },
    async (app) => {
      const call = await connect(app)
      await call('ping', {})
      return call('ping', {})
    },
  ],
  [
    'commandsPerSessionPerSecond',
    { commandsPerSessionPerSecond: 0.001, commandBurstPerSession: 1 },
    async ({ ask, acquire }) => {
      const { token } = await acquire()
      const show = () => ask('/api/session', { headers: { authorization: `Bearer ${token}` } })
      await show()
      return (await show()).error
    },
  ],
  [
    'newRoomsPerSessionPerHour',
    { newRoomsPerSessionPerHour: 1 },
    async (app) => {
      const call = await connect(app)
      await call('room:send', { room: 'public:a', data: 1 })
      return call('room:send', { room: 'public:b', data: 1 })
    },
  ],
  [
    'storedBytesPerSessionPerHour',
    { storedBytesPerSessionPerHour: 1_500 },
    async (app) => {
      const call = await connect(app)
      await call('room:send', { room: 'public:a', data: 'x'.repeat(1_000) })
      return call('room:send', { room: 'public:a', data: 'x'.repeat(1_000) })
    },
  ],
  [
    'wrongPasswordsPerAddressPerMinute',
    { wrongPasswordsPerAddressPerMinute: 1 },
    async ({ ask }) => {
      const guess = () => ask('/metrics', { headers: { authorization: 'Bearer guess' } })
      await guess().catch(() => undefined)
      return (await guess()).error
    },
  ],
]

describe.each(ways)('the limit %s', (limit, limits, refuse) => {
  it('is named in the refusal, and in the log', async () => {
    await using app = await start(limits)
    const refusal = await refuse(app)
    expect(refusal).toMatchObject({ code: 'rate_limited', data: { limit } })
    expect(refusal.data.retryAfterMs).toBeGreaterThan(0)
    const named = () => app.lines.filter((line) => line.limit === limit && line.level === 30)
    expect(named()).toHaveLength(1)
  })
})
