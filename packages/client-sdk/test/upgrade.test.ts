import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { startGateway } from './support/gateway.js'
import { startServer } from './support/server.js'

const transports = ['polling', 'websocket'] as const

/**
 * Resets a WebSocket right after Engine.IO's probe pong, while the client's last poll is still
 * open.
 */
function resetAfterProbe(client: Socket, server: Socket): void {
  server.on('data', (bytes) => {
    if (bytes.toString().includes('3probe')) setImmediate(() => client.resetAndDestroy())
  })
}

describe('an upgrade from polling', () => {
  it('that is reset right after its probe is noticed at once', async () => {
    await using context = await startServer()
    let isBroken = true
    let admit = (): void => undefined
    const admitted = new Promise<void>((resolve) => {
      admit = resolve
    })
    await using gateway = await startGateway(context.url, (client, pass) => {
      if (isBroken)
        void admitted.then(() => {
          resetAfterProbe(client, pass())
        })
      else pass()
    })
    const client = context.client({ url: gateway.url, transports })
    const lost = new Promise<unknown>((resolve) => {
      client.subscribe(({ nextRetryAt, reason }) => {
        if (nextRetryAt !== null) resolve(reason)
      })
    })
    await client.connect({ timeoutMs: 4_000 })
    admit()
    const engine = client.socket?.io.engine
    expect(await lost).toBe('connection_lost')
    await client.whenStatus('connected', { timeoutMs: 4_000 })
    expect(await client.echo('heard')).toMatchObject({ received: 'heard' })

    // The client stays on polling this time, because the gateway resets upgrades.
    expect(gateway.upgrades).toBe(1)
    expect(client.getSnapshot().transport).toBe('polling')
    expect(engine?.readyState).toBe('closed') // so none of its timers is left

    isBroken = false
    const gone = client.whenStatus('reconnecting')
    await context.restart()
    await gone
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await vi.waitFor(() => {
      expect(client.getSnapshot().transport).toBe('websocket')
    })
  })

  it('that is reset before the server has admitted the connection is noticed at once', async () => {
    await using context = await startServer()
    context.server.io.use((_socket, next) => setTimeout(next, 60))
    await using gateway = await startGateway(context.url, (client, pass) => {
      resetAfterProbe(client, pass())
    })
    const client = context.client({ url: gateway.url, transports, retryDelayMs: 100 })
    await client.connect({ timeoutMs: 4_000 })
    expect(await client.echo('heard', { timeoutMs: 2_000 })).toMatchObject({ received: 'heard' })
  })

  it('that fails before its probe costs nothing', async () => {
    await using context = await startServer()
    await using gateway = await startGateway(context.url, (client) => client.resetAndDestroy())
    const client = context.client({ url: gateway.url, transports })
    await client.connect({ timeoutMs: 4_000 })
    const { socketId } = client.getSnapshot()
    await vi.waitFor(() => {
      expect(gateway.upgrades).toBe(1)
    })
    expect(await client.echo('heard')).toMatchObject({ received: 'heard' })
    expect(client.getSnapshot()).toMatchObject({
      status: 'connected',
      socketId,
      transport: 'polling',
    })
  })
})
