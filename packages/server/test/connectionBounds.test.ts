import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { openWebSocket, textFrame } from './support/bareWebSocket.js'
import { connected, refused } from './support/server.js'
import { next, startLife } from './support/sessionLife.js'

describe('connections', () => {
  it('beyond the limit of a session replace the oldest one, which learns it', async () => {
    await using context = await startLife({ limits: { connectionsPerSession: 2 } })
    const { token } = await context.acquire()
    const first = await context.connect(token)
    const second = await context.connect(token)
    const replaced = next(first, 'session:ended')
    const third = await context.connect(token)
    expect(await replaced).toEqual({ code: 'replaced' })
    expect([second.connected, third.connected]).toEqual([true, true])
    expect((await context.call('GET', '', token)).status).toBe(200)
  })

  it.each([
    [true, true],
    [false, false],
    [undefined, false],
    ['true', false],
    [1, false],
  ])('that yield (%j) are refused where there is no place: %s', async (yields, isRefused) => {
    await using context = await startLife({ limits: { connectionsPerSession: 2 } })
    const { token } = await context.acquire()
    const first = await context.connect(token)
    const auth = { token, yields }
    const second = await connected(context.client({ auth })) // there is one
    const third = context.client({ auth, reconnection: false })
    if (!isRefused) {
      const replaced = next(first, 'session:ended')
      await connected(third)
      expect(await replaced).toEqual({ code: 'replaced' })
      return
    }
    expect(await refused(third)).toMatchObject({
      message: 'The session has too many connections',
      data: { code: 'session_replaced', retryable: true },
    })
    expect([first.connected, second.connected]).toEqual([true, true])
    second.close()
    await vi.waitFor(async () => {
      await connected(third)
    })
  })

  it('that are not admitted in time are closed', async () => {
    await using context = await startLife({ limits: { admissionTimeoutMs: 50, closeGraceMs: 50 } })
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port))
    await new Promise((resolve) => peer.once('close', resolve))
    expect(context.server.io.engine.clientsCount).toBe(0)
  })

  it('over polling that are not admitted in time are closed as fast', async () => {
    await using context = await startLife({ limits: { admissionTimeoutMs: 50, closeGraceMs: 50 } })
    await fetch(`${context.url}/socket.io/?EIO=4&transport=polling`)
    await vi.waitFor(() => {
      expect(context.server.io.engine.clientsCount).toBe(0)
    })
  })

  it('that try to be admitted again and again are closed, with few token look-ups', async () => {
    await using context = await startLife({ limits: { closeGraceMs: 50 } })
    const lookUps = vi.spyOn(context.server.sessions, 'findByToken')
    const { hostname, port } = new URL(context.url)
    const peer = await openWebSocket(hostname, Number(port))
    peer.resume()
    for (let count = 0; count < 5_000; count++) {
      peer.write(textFrame(`40${JSON.stringify({ token: 'x'.repeat(43) })}`))
    }
    await new Promise((resolve) => peer.once('close', resolve))
    expect(lookUps.mock.calls.length).toBeLessThanOrEqual(4)
  })

  it('that bring their headers a byte at a time are answered 408', async () => {
    await using context = await startLife({ limits: { headersTimeoutMs: 100 } })
    const { hostname, port } = new URL(context.url)
    const peer = createConnection({ host: hostname, port: Number(port) })
    peer.write('GET /health HTTP/1.1\r\n')
    const [answer] = (await once(peer, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 408 /)
  })
})
