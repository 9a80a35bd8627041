import { YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { expect, it, onTestFinished } from 'vitest'

const CLIENTS = 500

it('500 clients behind one address are connected within 60 s, with the limits as shipped', async () => {
  const server = await createServer({ port: 0, databaseUrl: 'sqlite::memory:', logLevel: 'silent' })
  const url = await server.listen()
  const clients = Array.from({ length: CLIENTS }, () => new YektaYarSocket({ url }))
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.disconnect()))
    await server.close()
  })
  const startedAt = performance.now()
  await Promise.all(clients.map((client) => client.connect({ timeoutMs: 120_000 })))
  expect(performance.now() - startedAt).toBeLessThan(60_000)
  expect(server.io.sockets.sockets.size).toBe(CLIENTS)
}, 150_000)
