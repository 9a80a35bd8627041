import type { AddressInfo } from 'node:net'
import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { io } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { yektayar } from '../src/index.js'
import type { Limits } from '../src/index.js'
import { acquire, connected, startServer, temporaryDirectory } from './support/server.js'
import { startSlowServer } from './support/slowServer.js'
import { emptyStore, isOnPostgres } from './support/testDatabase.js'

const contract = extendContract(coreContract, {
  commands: {
    'app:wait': command({ input: none, output: z.string() }),
    'app:hold': command({ input: none, output: z.string(), delivery: 'once' }),
  },
})

/** A way for an app to start listening after the plugin is registered. */
type Listen = (app: FastifyInstance) => Promise<unknown>

const ways: readonly (readonly [string, Listen])[] = [
  ['listens', (app) => app.listen({ port: 0, host: '127.0.0.1' })],
  [
    'is ready before it listens',
    async (app) => {
      await app.after()
      await app.ready()
      await app.listen({ port: 0, host: '127.0.0.1' })
    },
  ],
]

/** The timeout of an app for its hooks; to start on PostgreSQL takes a busy machine longer. */
const PLUGIN_MS = isOnPostgres ? 4_000 : 1_000

/** An app with a short timeout for its own hooks, and a running command that never ends. */
async function startStuckApp(
  limits: Partial<Limits>,
  listen: Listen,
  stuck: 'app:wait' | 'app:hold' = 'app:wait',
) {
  const app = Fastify({ pluginTimeout: PLUGIN_MS })
  let begun = (): void => undefined
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  const wait = (): Promise<string> => {
    begun()
    return new Promise(() => undefined)
  }
  await app.register(
    yektayar({
      databaseUrl: await emptyStore(),
      contract,
      limits,
      commands: { 'app:wait': wait, 'app:hold': wait },
    }),
  )
  await listen(app)
  const { port } = app.server.address() as AddressInfo // it listens on a port
  const url = `http://127.0.0.1:${String(port)}`
  const { token } = await acquire(url)
  const client = io(url, { auth: { token }, transports: ['websocket'], forceNew: true })
  await connected(client)
  client.emit(stuck)
  await isBegun
  return {
    app,
    client,
    isStoreOpen: async () =>
      app.yektayar.sessions.find('').then(
        () => true,
        () => false,
      ),
    [Symbol.asyncDispose]: async () => {
      client.close()
      await app.close().catch(() => undefined)
    },
  }
}

describe.each(ways)('an app of its own that %s', (_how, listen) => {
  it('closes after its drain timeout, whatever its hooks have time for', async () => {
    const drainTimeoutMs = PLUGIN_MS + 500
    await using stuck = await startStuckApp({ drainTimeoutMs }, listen)
    const lost = new Promise((resolve) => stuck.client.once('disconnect', resolve))
    const startedAt = performance.now()
    const closing = Promise.all([stuck.app.close(), stuck.app.close()])
    await new Promise((resolve) => setTimeout(resolve, drainTimeoutMs - 200))
    expect(await stuck.isStoreOpen()).toBe(true) // the running command may still need it
    await stuck.app.close()
    await closing
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(drainTimeoutMs - 1)
    expect(await stuck.isStoreOpen()).toBe(false)
    await lost
  })
})

it('an app closes, and its store, while a handler keeps a transaction open', async () => {
  const limits = { drainTimeoutMs: 100, closeGraceMs: 100, transactionTimeoutMs: 60_000 }
  const [, listen] = ways[0] ?? []
  await using stuck = await startStuckApp(limits, listen ?? expect.fail(), 'app:hold')
  await stuck.app.close()
  expect(await stuck.isStoreOpen()).toBe(false)
})

it('a server closes while its app keeps a transaction of its own open', async () => {
  await using directory = await temporaryDirectory()
  const { databaseUrl } = directory
  const { server } = await startServer({ databaseUrl, limits: { closeGraceMs: 100 } })
  let begun = (): void => undefined
  const isBegun = new Promise<void>((resolve) => (begun = resolve))
  const open = server.database.transaction().execute(() => {
    begun()
    return new Promise(() => undefined)
  })
  open.catch(() => undefined)
  await isBegun
  await server.close()
  await expect(server.sessions.find('')).rejects.toMatchObject({ code: 'store_unavailable' })
})

it('a ready server closes after its drain timeout of 10 s', async () => {
  const context = await startSlowServer()
  const client = await context.connect()
  const begun = context.begun()
  client.emit('app:wait')
  await begun
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const closing = context.server.close()
    closing.catch(() => undefined)
    for (let second = 0; second < 12; second++) await vi.advanceTimersByTimeAsync(1_000)
    await closing
  } finally {
    vi.useRealTimers()
  }
  await expect(context.server.sessions.find('')).rejects.toMatchObject({
    code: 'store_unavailable',
  })
  client.close()
})
