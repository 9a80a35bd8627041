import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createServer } from '../src/index.js'
import type { Limits } from '../src/index.js'
import {
  connectWithoutReading,
  openWebSocket,
  readToEnd,
  textFrame,
} from './support/bareWebSocket.js'
import { connected, startServer, temporaryDirectory } from './support/server.js'

const CHUNK_BYTES = 50_000
/** More pushes than the kernel buffers on both sides of a connection can hold. */
const MANY = 500

async function start(limits: Partial<Limits>) {
  const context = await startServer({ limits })
  const { engine } = context.server.io
  const clients = (): number => engine.clientsCount
  return Object.assign(context, {
    clients,
    /** Sends one event to every client that is connected here: to others, a packet may be too large. */
    push(bytes = CHUNK_BYTES): void {
      context.server.io.local.emit('connected', {
        message: 'x'.repeat(bytes),
        socketId: '',
        isLoggedIn: false,
      })
    },
    admitted: (count: number) =>
      vi.waitFor(() => {
        expect(context.server.io.sockets.sockets.size).toBe(count)
      }),
    /** Opens an admitted Engine.IO session over polling that does not poll again by itself. */
    async poller() {
      const address = `${context.url}/socket.io/?EIO=4&transport=polling`
      const opened = await (await fetch(address)).text()
      const { sid } = JSON.parse(opened.slice(1)) as { sid: string }
      const { token } = await context.acquire()
      const body = `40${JSON.stringify({ token })}`
      await fetch(`${address}&sid=${sid}`, { method: 'POST', body })
      return `${address}&sid=${sid}`
    },
  })
}

/** Pushes until a connection is closed or everything was pushed. */
async function pushUntilCut(context: Awaited<ReturnType<typeof start>>): Promise<number> {
  const before = context.clients()
  let pushed = 0
  while (pushed < MANY && context.clients() === before) {
    context.push()
    pushed++
    await pass(1)
  }
  return pushed
}

describe('a peer that does not read', () => {
  it('is cut with a reset once too much waits for it, and those who read get everything', async () => {
    await using context = await start({ maxUnsentBytes: 200_000, closeGraceMs: 60_000 })
    const peer = await connectWithoutReading(context.url, (await context.acquire()).token)
    const { token } = await context.acquire()
    const reader = await connected(context.client({ auth: { token } }))
    await context.admitted(2)
    let received = 0
    reader.on('connected', () => received++)
    const pushed = await pushUntilCut(context)
    expect(pushed).toBeLessThan(MANY)
    await vi.waitFor(() => {
      expect(received).toBe(pushed)
    })
    expect(reader.connected).toBe(true)
    expect(await readToEnd(peer)).toBeLessThan(500_000)
  })

  it('over polling is cut once too much waits for its next poll', async () => {
    await using context = await start({ maxUnsentBytes: 200_000 })
    await context.poller()
    await context.admitted(1)
    const pushed = await pushUntilCut(context)
    expect(pushed).toBeLessThan(30)
  })

  it('is cut when what waits does not become less, though it answers pings', async () => {
    await using context = await start({ unreadTimeoutMs: 200 })
    const peer = await connectWithoutReading(context.url, (await context.acquire()).token)
    await context.admitted(1)
    for (let count = 0; count < MANY; count++) context.push()
    expect(context.clients()).toBe(1)
    const pongs = setInterval(() => peer.write(textFrame('3')), 20)
    const startedAt = performance.now()
    await vi.waitFor(() => {
      expect(context.clients()).toBe(0)
    })
    clearInterval(pongs)
    expect(performance.now() - startedAt).toBeGreaterThan(150)
  })

  it('is cut though one packet alone waits for it', async () => {
    await using context = await start({ unreadTimeoutMs: 200 })
    await connectWithoutReading(context.url, (await context.acquire()).token)
    await context.admitted(1)
    context.push(CHUNK_BYTES * MANY)
    await vi.waitFor(() => {
      expect(context.clients()).toBe(0)
    })
  })

  it('over polling is cut when it does not poll for what waits', async () => {
    await using context = await start({ unreadTimeoutMs: 200 })
    await context.poller()
    await context.admitted(1)
    await vi.waitFor(() => {
      expect(context.clients()).toBe(0)
    })
  })
})

describe('a peer that reads', () => {
  it('gets a packet that is larger than what may wait', async () => {
    await using context = await start({ maxUnreadBytes: 1_000, maxUnsentBytes: 1_000 })
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token } }))
    const heard = new Promise((resolve) => client.once('connected', resolve))
    context.push()
    expect(await heard).toMatchObject({ message: 'x'.repeat(CHUNK_BYTES) })
    expect(await client.emitWithAck('ping')).toMatchObject({ ok: true })
  })

  it('is not cut as long as it goes on reading, however slowly', async () => {
    await using context = await start({ unreadTimeoutMs: 300 })
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port))
    peer.write(textFrame(`40${JSON.stringify({ token: (await context.acquire()).token })}`))
    await context.admitted(1)
    peer.pause()
    for (let count = 0; count < MANY; count++) context.push()
    for (let round = 0; round < 8; round++) {
      await pass(100)
      peer.read(1_000_000)
    }
    expect(context.clients()).toBe(1)
  })

  it('and has nothing to read is left alone', async () => {
    await using context = await start({ unreadTimeoutMs: 50 })
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token } }))
    await pass(200)
    expect(client.connected).toBe(true)
  })
})

describe('ending a session', () => {
  it('closes a connection over polling that does not poll', async () => {
    await using context = await start({ endGraceMs: 20 })
    await context.poller()
    await context.admitted(1)
    const [connection] = context.server.io.sockets.sockets.values()
    await context.server.sessions.end(connection?.data.sessionId ?? '')
    await vi.waitFor(() => {
      expect(context.clients()).toBe(0)
    })
  })

  it('closes a connection that is no TCP, and so cannot be reset', async () => {
    await using directory = await temporaryDirectory()
    const server = await createServer({
      databaseUrl: directory.databaseUrl,
      logLevel: 'silent',
      limits: { endGraceMs: 20 },
    })
    await using _closing = { [Symbol.asyncDispose]: () => server.close() }
    const path = join(directory.path, 'socket')
    await server.app.listen({ path })
    const { token } = await server.sessions.acquire()
    const peer = await openWebSocket(path)
    peer.write(textFrame(`40${JSON.stringify({ token })}`))
    peer.pause()
    await vi.waitFor(() => {
      expect(server.io.sockets.sockets.size).toBe(1)
    })
    const session = await server.sessions.findByToken(token)
    await server.sessions.end(session?.id ?? '')
    await vi.waitFor(() => {
      expect(server.io.engine.clientsCount).toBe(0)
    })
    peer.destroy()
  })
})
