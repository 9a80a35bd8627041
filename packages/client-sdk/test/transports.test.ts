import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { YektaYarSocket } from '../src/index.js'
import { agree, startGateway } from './support/gateway.js'
import { rejection, startServer } from './support/server.js'

/** A timeout that only guards the test; it normally takes far less. */
const soon = { timeoutMs: 15_000 }

/** Closes the connections from the server's side, and waits for the client's next one. */
async function reconnect(client: YektaYarSocket, sockets: Iterable<{ conn: { close(): void } }>) {
  const lost = client.whenStatus('reconnecting')
  for (const { conn } of sockets) conn.close()
  await lost
  await client.whenStatus('connected', soon)
}

describe('a WebSocket that gets no answer', () => {
  it.each<[what: string, treat: (client: Socket) => void]>([
    ['at all', () => undefined],
    ['after it was granted', agree],
    [
      'but half of one',
      (client) => {
        client.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n')
      },
    ],
    [
      'but an empty frame',
      (client) => {
        agree(client)
        client.write(Buffer.from([0x81, 0x00]))
      },
    ],
  ])('%s leaves the connection to polling, and is tried again', async (_what, treat) => {
    await using context = await startServer()
    let isBroken = true
    await using gateway = await startGateway(context.url, (client, pass) => {
      if (isBroken) treat(client)
      else pass()
    })
    const client = context.client({ url: gateway.url })
    await client.connect(soon)
    const { socket } = client
    expect(client.getSnapshot()).toMatchObject({ transport: 'polling', error: null })
    expect(await client.echo('there')).toMatchObject({ received: 'there' })
    expect(gateway.upgrades).toBe(1)

    isBroken = false
    await reconnect(client, context.server.io.sockets.sockets.values())
    expect(client.getSnapshot().transport).toBe('websocket')
    expect(client.socket).toBe(socket)
    expect(gateway.upgrades).toBe(2)
  })

  it('leaves the next attempt to polling where there is no time for both', async () => {
    await using context = await startServer()
    await using gateway = await startGateway(context.url, () => undefined)
    const { token } = await context.server.sessions.acquire()
    const client = context.client({ url: gateway.url, token, connectTimeoutMs: 1_500 })
    await client.connect(soon)
    expect(client.getSnapshot().transport).toBe('polling')
  })

  it('is followed by nothing where a listener disconnects because of it', async () => {
    await using context = await startServer()
    const closeAtOnce = (client: Socket): void => {
      client.destroy()
    }
    await using gateway = await startGateway(context.url, closeAtOnce)
    const admitted = vi.fn()
    context.server.io.on('connection', admitted)
    const client = context.client({ url: gateway.url })
    client.subscribe(({ error }) => {
      if (error) void client.disconnect()
    })
    await rejection(client.connect(soon))
    await new Promise((resolve) => setTimeout(resolve, 500)) // polling would be there by now
    expect(client.status).toBe('idle')
    expect(admitted).not.toHaveBeenCalled()
  })

  it('is named where there is no other transport', async () => {
    await using context = await startServer()
    await using gateway = await startGateway(context.url, () => undefined)
    const client = context.client({ url: gateway.url, transports: ['websocket'] })
    const error = await rejection(client.connect({ timeoutMs: 4_000 }))
    expect(error).toMatchObject({
      code: 'timeout',
      cause: { code: 'timeout', message: 'connect: no answer yet (connection)' },
    })
    expect(client.status).toBe('connecting')
  })

  it('does not leave a second connection behind when it is answered late', async () => {
    await using context = await startServer()
    await using gateway = await startGateway(context.url, (_client, pass) => {
      setTimeout(pass, 2_550)
    })
    const client = context.client({ url: gateway.url })
    await client.connect(soon)
    await vi.waitFor(() => {
      // The transport that lost the race is closed.
      expect(context.server.io.engine.clientsCount).toBe(1)
    }, 10_000)
    expect(context.server.io.sockets.sockets.size).toBe(1)
  })
})

describe('a WebSocket that falls silent soon', () => {
  it('is avoided by the next connection, and tried by the one after that', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    expect(client.getSnapshot().transport).toBe('websocket')
    for (const { conn } of context.server.io.sockets.sockets.values()) {
      conn.transport.send = () => undefined // nothing reaches the client from now on
    }
    const lost = client.whenStatus('reconnecting', soon)
    await client.echo('lost', { timeoutMs: 100 }).catch(() => undefined)
    await lost
    await client.whenStatus('connected', soon)
    expect(client.getSnapshot().transport).toBe('polling')
    await client.echo('there')
    expect(client.getSnapshot().transport).toBe('polling') // and it does not upgrade to WebSocket
    await reconnect(client, context.server.io.sockets.sockets.values())
    expect(client.getSnapshot().transport).toBe('websocket')
  })
})

it('gives up a request that gets no answer without ending the process', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  await using context = await startServer()
  const client = context.client({
    url: `http://127.0.0.1:${String(port)}`,
    token: 'x',
    transports: ['polling'],
    connectTimeoutMs: 200,
  })
  expect(await rejection(client.connect())).toMatchObject({ code: 'timeout' })
  await client.disconnect()
  silent.closeAllConnections() // an aborted request that is still open would throw here
  await new Promise((resolve) => silent.close(resolve))
})

describe('text of another server in place of Engine.IO’s handshake', () => {
  it.each(['0hello', '0', '0{}', '0null', '2', '40', '4{"sid":"x"}', '6', 'OK', '<p>'])(
    'is an answer that is not ours, at once: %s',
    async (body) => {
      const other = createServer((_request, response) => response.end(body))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as AddressInfo
      await using context = await startServer()
      const client = context.client({
        url: `http://127.0.0.1:${String(port)}`,
        token: 'x',
        transports: ['polling'],
      })
      const announced = new Promise((resolve) => {
        void client.connect()
        client.socket?.once('connect_error', resolve)
      })
      const failed = new Promise((resolve) => {
        client.subscribe(({ error, nextRetryAt }) => {
          if (nextRetryAt !== null) resolve(error)
        })
      })
      expect(await failed).toMatchObject({ code: 'invalid_answer', retryable: true })
      expect(await announced).toBeInstanceOf(Error)
      await client.disconnect()
      other.close()
    },
  )
})
