import { describe, expect, it } from 'vitest'
import { eventually } from './support/eventually.js'
import { startGateway } from './support/gateway.js'
import { startServer } from './support/server.js'

/** `fetch` that waits before each request. */
function fetchAfter(wait: () => Promise<unknown>): typeof fetch {
  return async (...request) => {
    await wait()
    return fetch(...request)
  }
}

/** Resolves once the server has so many connections of Engine.IO. */
function openOnes(engine: { readonly clientsCount: number }, count: number): Promise<unknown> {
  return eventually(() => {
    expect(engine.clientsCount).toBe(count)
  })
}

describe('a session that is acquired', () => {
  it('comes while the WebSocket is opened, over which its token goes then', async () => {
    await using context = await startServer()
    const { engine } = context.server.io
    await using gateway = await startGateway(context.url, (_client, pass) => {
      pass()
    })
    const isOpen = () => openOnes(engine, 1)
    const client = context.client({ url: gateway.url, fetch: fetchAfter(isOpen) })
    await client.connect()
    expect(gateway.upgrades).toBe(1)
    expect(engine.clientsCount).toBe(1)
    expect(await client.echo('there')).toMatchObject({ received: 'there' })
  })

  it('opens another one where the server does not wait for the token', async () => {
    await using context = await startServer({ limits: { admissionTimeoutMs: 50 } })
    const { engine } = context.server.io
    await using gateway = await startGateway(context.url, (_client, pass) => {
      pass()
    })
    const isClosed = async () => {
      await openOnes(engine, 1)
      await openOnes(engine, 0)
    }
    const client = context.client({ url: gateway.url, fetch: fetchAfter(isClosed) })
    await client.connect()
    expect(gateway.upgrades).toBe(2)
    expect(client.getSnapshot()).toMatchObject({ transport: 'websocket', error: null })
  })

  it('and fails leaves nothing open, and the next attempts open nothing before', async () => {
    await using context = await startServer()
    const { engine } = context.server.io
    await using gateway = await startGateway(context.url, (_client, pass) => {
      pass()
    })
    let isFailing = true
    const wait = async (): Promise<void> => {
      if (!isFailing) return
      if (gateway.upgrades === 0) await openOnes(engine, 1)
      throw new TypeError('no network')
    }
    const client = context.client({ url: gateway.url, fetch: fetchAfter(wait) })
    const connected = client.connect()
    await eventually(() => {
      expect(client.getSnapshot().attempt).toBeGreaterThan(3)
    })
    expect(client.getSnapshot().error).toMatchObject({ code: 'network_error' })
    expect(gateway.upgrades).toBe(1)
    await openOnes(engine, 0)

    isFailing = false
    await connected
    expect(gateway.upgrades).toBe(2)
  })

  it('is given up with the client, and the WebSocket too', async () => {
    await using context = await startServer()
    const { engine } = context.server.io
    const client = context.client({ fetch: () => new Promise(() => undefined) })
    client.connect().catch(() => undefined)
    await openOnes(engine, 1)
    await client.disconnect()
    await openOnes(engine, 0)
    expect(client.status).toBe('idle')
  })
})
