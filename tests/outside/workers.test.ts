import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { memoryStorage, YektaYarSocket } from '@yektayar/client'
import type { TransportName } from '@yektayar/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runProcess } from '../support/runProcess.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const script = fileURLToPath(new URL('support/clusterOfWorkers.mjs', import.meta.url))

/** Four workers of node:cluster on one new database, without sticky sessions. */
async function startWorkers() {
  const directory = await temporaryDirectory()
  const args = [script, '4', join(directory.path, 'shared.db')]
  const running = runProcess(process.execPath, args, { env: { PATH: process.env.PATH } })
  const url = await running.printed(/listening at (\S+)/)
  const clients: YektaYarSocket[] = []
  return {
    url,
    running,
    client(...transports: TransportName[]) {
      const client = new YektaYarSocket({
        url,
        transports,
        retryDelayMs: 100,
        connectTimeoutMs: 5_000, // node:cluster may hand a connection to a process that has just died
        storage: memoryStorage(),
      })
      clients.push(client)
      return client
    },
    async stop() {
      await Promise.all(clients.map((client) => client.disconnect()))
      await running[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

describe('four worker processes without sticky sessions', () => {
  let workers: Awaited<ReturnType<typeof startWorkers>>

  beforeAll(async () => {
    workers = await startWorkers()
  }, 60_000)

  afterAll(() => workers.stop())

  it('take every call of a client over WebSocket, whichever worker gets which', async () => {
    const clients = Array.from({ length: 4 }, () => workers.client('websocket'))
    await Promise.all(
      clients.map(async (client) => {
        await client.connect()
        await client.room('public:lobby').join()
      }),
    )
    await Promise.all(
      clients.map(async (client, index) => {
        await client.session.signIn({ username: `user-${String(index)}` })
        expect(client.session.userId).toBe(`user-${String(index)}`)
        await client.room('public:lobby').send(index)
        await client.session.renew()
        expect(await client.session.list()).toHaveLength(1)
      }),
    )
    await vi.waitFor(
      () => {
        for (const client of clients) {
          const { messages, members } = client.room('public:lobby')
          expect(messages.map(({ data }) => data).sort()).toEqual([0, 1, 2, 3])
          const users = members.filter(({ id }) => id.startsWith('user:'))
          expect(users).toHaveLength(4)
        }
      },
      { timeout: 5_000 },
    )
    const [first, ...others] = clients
    await first?.session.signOut()
    for (const client of others) await client.session.end()
    expect(first?.session.userId).toBeNull()
    expect(others.map(({ session }) => session.state)).toEqual(['ended', 'ended', 'ended'])
  })

  it('end the sessions of a user whose connections are on other workers', async () => {
    const [here, there] = [workers.client('websocket'), workers.client('websocket')]
    for (const client of [here, there]) {
      await client.connect()
      await client.session.signIn({ username: 'sara' })
      await client.whenStatus('connected')
    }
    const sessions = await here.session.list()
    const other = sessions.find(({ isCurrent }) => !isCurrent)
    const changed = vi.fn()
    there.session.subscribe(({ userId }) => {
      if (userId === null) changed()
    })
    await here.session.end(other?.id)
    await vi.waitFor(() => {
      expect(changed).toHaveBeenCalled()
    }, 10_000)
    await there.whenStatus('connected')
    expect(there.session.userId).toBeNull() // a new, anonymous session
  })

  it('deliver everything once while one of them is killed', async () => {
    const clients = Array.from({ length: 8 }, () => workers.client('websocket'))
    await Promise.all(clients.map((client) => client.connect()))
    const [worker] = /(?<=worker )\d+/.exec(workers.running.output.text) ?? []
    const sent = clients.flatMap((client, index) =>
      [0, 1, 2].map((count) => client.room('public:killed').send({ index, count })),
    )
    process.kill(Number(worker), 'SIGKILL')
    await Promise.all(sent)
    for (const client of clients) await client.whenStatus('connected')
    const { messages } = (await clients[0]?.room('public:killed').history()) ?? { messages: [] }
    expect(messages).toHaveLength(24)
    expect(new Set(messages.map(({ data }) => JSON.stringify(data))).size).toBe(24)
  })

  it('connect clients with the default transports', async () => {
    const client = workers.client('websocket', 'polling')
    await client.connect()
    expect(client.getSnapshot().transport).toBe('websocket')
  })

  it('do not take polling, and the client says what it needs', async () => {
    const clients = Array.from({ length: 3 }, () => workers.client('polling'))
    await Promise.all(
      clients.map(async (client) => {
        client.connect().catch(() => undefined) // it goes on
        await vi.waitFor(
          () => {
            expect(client.getSnapshot().error).toMatchObject({
              code: 'network_error',
              hint: expect.stringContaining('sticky sessions') as string,
            })
          },
          { timeout: 10_000 },
        )
        expect(client.status).toBe('connecting') // it keeps trying
      }),
    )
  })
})
