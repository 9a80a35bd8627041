import { describe, expect, it, vi } from 'vitest'
import { startGateway } from './support/gateway.js'
import { startServer } from './support/server.js'

const transports = ['polling', 'websocket'] as const

describe('an upgrade from polling', () => {
  it('that is reset right after its probe is noticed at once', async () => {
    await using context = await startServer()
    let isBroken = true
    await using gateway = await startGateway(context.url, (client, pass) => {
      const server = pass()
      if (!isBroken) return
      server.on('data', (bytes) => {
        // Engine.IO's pong, after which the client waits for its last answer over polling.
        if (bytes.toString().includes('3probe')) setImmediate(() => client.resetAndDestroy())
      })
    })
    const client = context.client({ url: gateway.url, transports })
    const lost = new Promise<unknown>((resolve) => {
      client.onStatus(({ snapshot: { nextRetryAt, reason } }) => {
        if (nextRetryAt !== null) resolve(reason)
      })
    })
    await client.connect({ timeoutMs: 4_000 })
    const engine = client.socket?.io.engine
    expect(await lost).toBe('connection_lost')
    await client.whenStatus('connected', { timeoutMs: 4_000 })
    expect(await client.echo('heard')).toMatchObject({ received: 'heard' })

    // It stays with polling this time: what is in between resets upgrades.
    expect(gateway.upgrades).toBe(1)
    expect(client.snapshot.transport).toBe('polling')
    expect(engine?.readyState).toBe('closed') // and has no timer left

    isBroken = false
    const gone = client.whenStatus('reconnecting')
    await context.restart()
    await gone
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await vi.waitFor(() => {
      expect(client.snapshot.transport).toBe('websocket')
    })
  })

  it('that fails before its probe costs nothing', async () => {
    await using context = await startServer()
    await using gateway = await startGateway(context.url, (client) => client.resetAndDestroy())
    const client = context.client({ url: gateway.url, transports })
    await client.connect({ timeoutMs: 4_000 })
    const { socketId } = client.snapshot
    await vi.waitFor(() => {
      expect(gateway.upgrades).toBe(1)
    })
    expect(await client.echo('heard')).toMatchObject({ received: 'heard' })
    expect(client.snapshot).toMatchObject({ status: 'connected', socketId, transport: 'polling' })
  })
})
