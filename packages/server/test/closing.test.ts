import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { connected, startServer, temporaryDirectory } from './support/server.js'

describe('closing the server', () => {
  it.each(['polling', 'websocket'])('lets a %s client come back by itself', async (transport) => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using first = await startServer({ databaseUrl })
    const { token } = await first.acquire()
    const client = await connected(
      first.client({ auth: { token }, transports: [transport], reconnectionDelay: 10 }),
    )
    const dropped = new Promise((resolve) => client.once('disconnect', resolve))
    await first.server.close()
    expect(await dropped).toMatch(/^transport (close|error)$/)
    expect(client.active).toBe(true)

    const welcome = new Promise((resolve) => client.once('connected', resolve))
    await using _second = await startServer({ databaseUrl, port: Number(new URL(first.url).port) })
    await welcome
  })

  it('cuts a peer that does not answer the close', async () => {
    await using context = await startServer()
    const { hostname, port } = new URL(context.url)
    const peer = connect(Number(port), hostname)
    peer.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n' +
        'Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    await once(peer, 'data')
    peer.pause()
    const ended = once(peer, 'close')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const closing = context.server.close()
      await vi.advanceTimersByTimeAsync(2_000)
      await closing
    } finally {
      vi.useRealTimers()
    }
    peer.resume()
    peer.on('error', () => undefined)
    await ended
  })

  it('can be called again', async () => {
    await using context = await startServer()
    await context.server.close()
    await context.server.close()
  })
})
