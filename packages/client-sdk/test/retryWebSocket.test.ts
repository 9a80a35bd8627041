import { afterEach, describe, expect, it, vi } from 'vitest'
import { WEBSOCKET_RETRY_MS } from '../src/shared/limits.js'
import { startGateway } from './support/gateway.js'
import { startServer } from './support/server.js'

const soon = { timeoutMs: 15_000 }

/** Lets the time between two tries pass; the timers of Socket.IO go on as they are. */
async function nextTry(): Promise<void> {
  await vi.advanceTimersByTimeAsync(WEBSOCKET_RETRY_MS)
}

/** A client that polls, since the network swallows WebSockets until it is healed. */
async function startPolling() {
  const context = await startServer()
  let isBroken = true
  const gateway = await startGateway(context.url, (_client, pass) => {
    if (!isBroken) pass()
  })
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const client = context.client({ url: gateway.url, connectTimeoutMs: 3_000 })
  await client.connect(soon)
  expect(client.getSnapshot().transport).toBe('polling')
  return {
    context,
    gateway,
    client,
    heal: () => {
      isBroken = false
    },
    async [Symbol.asyncDispose]() {
      vi.useRealTimers()
      await client.disconnect()
      await gateway[Symbol.asyncDispose]()
      await context[Symbol.asyncDispose]()
    },
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a connection by polling', () => {
  it('goes on over a WebSocket once the network lets one through', async () => {
    await using scene = await startPolling()
    const { client, context } = scene
    const { socketId } = client.getSnapshot()
    const statuses = new Set<string>()
    client.subscribe(({ status }) => statuses.add(status))
    scene.heal()
    await nextTry()
    const calls = Array.from({ length: 20 }, (_, count) => client.echo(count))
    await vi.waitFor(
      () => {
        expect(client.getSnapshot().transport).toBe('websocket')
      },
      { timeout: 15_000 },
    )
    const answers = await Promise.all(calls)
    expect(answers.map(({ received }) => received)).toEqual([...calls.keys()])
    expect(await client.echo('there')).toMatchObject({ received: 'there' })
    expect(client.getSnapshot()).toMatchObject({ status: 'connected', socketId, error: null })
    expect([...statuses]).toEqual(['connected'])
    await vi.waitFor(() => {
      expect(context.server.io.engine.clientsCount).toBe(1) // what has tried is closed
    })
    const { upgrades } = scene.gateway
    await nextTry()
    expect(scene.gateway.upgrades).toBe(upgrades)
  })

  it('tries one at a time, and works on where none is let through', async () => {
    await using scene = await startPolling()
    const { client, gateway } = scene
    for (const upgrades of [2, 3, 4]) {
      await nextTry()
      await vi.waitFor(() => {
        expect(gateway.upgrades).toBe(upgrades)
      })
    }
    expect(await client.echo('there')).toMatchObject({ received: 'there' })
    expect(client.getSnapshot().transport).toBe('polling')
  })

  it('tries none after its end', async () => {
    await using scene = await startPolling()
    await scene.client.disconnect()
    await nextTry()
    expect(scene.gateway.upgrades).toBe(1)
  })

  it('avoids WebSockets where one fell silent after it was changed to', async () => {
    await using scene = await startPolling()
    const { client, context, gateway } = scene
    scene.heal()
    await nextTry()
    await vi.waitFor(
      () => {
        expect(client.getSnapshot().transport).toBe('websocket')
      },
      { timeout: 15_000 },
    )
    for (const { conn } of context.server.io.sockets.sockets.values()) {
      conn.transport.send = () => undefined // nothing arrives at the client any more
    }
    const lost = client.whenStatus('reconnecting', soon)
    await client.echo('lost', { timeoutMs: 100 }).catch(() => undefined)
    await lost
    await client.whenStatus('connected', soon)
    expect(client.getSnapshot().transport).toBe('polling')
    const { upgrades } = gateway
    await nextTry()
    expect(gateway.upgrades).toBe(upgrades)
  })
})
