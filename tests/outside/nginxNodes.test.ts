import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { YektaYarSocket, memoryStorage } from '@yektayar/client'
import type { TransportName } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { assertDelivered } from '@yektayar/testing'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { nginx, startNginxWith } from '../support/nginx.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const ROOM = 'public:lobby'
const file = readFileSync(
  join(import.meta.dirname, '../../packages/server/deploy/nginx.conf'),
  'utf8',
)

/** Two nodes on one database behind nginx, by the file in `deploy/`. */
async function startNodes() {
  const directory = await temporaryDirectory()
  const start = async () => {
    const server = await createServer({
      port: 0,
      host: '127.0.0.1',
      databaseUrl: `sqlite:${join(directory.path, 'nodes.db')}`,
      logLevel: 'silent',
      trustProxy: ['127.0.0.1'],
    })
    return { server, address: new URL(await server.listen()).host }
  }
  const nodes = [await start(), await start()] as const
  const config = (address: string) =>
    file
      .replaceAll('node1:3000', nodes[0].address)
      .replaceAll('node2:3000', nodes[1].address)
      .replace('listen 80;', `listen ${address};`)
  const proxy = await startNginxWith(config)
  const clients: YektaYarSocket[] = []
  const url = `http://${proxy.host}`
  return {
    url,
    servers: nodes.map(({ server }) => server),
    /** How many connections each of the nodes has. */
    counts: () => nodes.map(({ server }) => server.io.sockets.sockets.size),
    async client(transport: TransportName) {
      const options = { url, transports: [transport], retryDelayMs: 100, storage: memoryStorage() }
      const client = new YektaYarSocket(options)
      clients.push(client)
      await client.connect()
      return client
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.disconnect()))
      await Promise.all(nodes.map(({ server }) => server.close()))
      await proxy[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

describe.skipIf(!nginx)('two nodes behind deploy/nginx.conf', () => {
  it('share the WebSockets', async () => {
    await using scene = await startNodes()
    for (let count = 0; count < 6; count++) await scene.client('websocket')
    expect(Math.min(...scene.counts())).toBeGreaterThan(1) // requests for sessions count as well
  })

  it.each(['websocket', 'polling'] as const)(
    'lose nothing over %s when one of them closes',
    async (transport) => {
      await using scene = await startNodes()
      const [sender, reader] = [await scene.client(transport), await scene.client(transport)]
      const room = reader.room(ROOM)
      await room.join()
      const sent = Array.from({ length: 20 }, (_, number) => number)
      await Promise.all(sent.slice(0, 10).map((number) => sender.room(ROOM).send(number)))
      const busiest = scene.counts().indexOf(Math.max(...scene.counts()))
      await scene.servers[busiest]?.close()
      await Promise.all(sent.slice(10).map((number) => sender.room(ROOM).send(number)))
      await reader.whenStatus('connected')
      await expect.poll(() => room.messages.length).toBe(sent.length)
      assertDelivered(
        sent,
        room.messages.map(({ data }) => data),
      )
      expect(reader.getSnapshot().transport).toBe(transport)
      expect(scene.counts()[busiest]).toBe(0)
    },
  )

  it('let plain Socket.IO go from polling to a WebSocket', async () => {
    await using scene = await startNodes()
    const [server] = scene.servers
    const { token } = (await server?.sessions.acquire()) ?? {}
    const socket = io(scene.url, { auth: { token }, forceNew: true })
    const upgraded = new Promise((resolve) => {
      socket.io.engine.once('upgrade', resolve)
    })
    await upgraded
    expect(await socket.emitWithAck('echo', 'hi')).toMatchObject({ ok: true })
    expect(socket.io.engine.transport.name).toBe('websocket')
    socket.close()
  })
})
