import { YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { breakableStore } from '../input/support/breakableStore.js'

/** A server whose store can fail, and a client. */
async function start() {
  const store = await breakableStore()
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: store.databaseUrl,
    logLevel: 'silent',
  })
  const url = await server.listen()
  const client = new YektaYarSocket({ url, retryDelayMs: 20, retryDelayMaxMs: 50 })
  return {
    store,
    server,
    client,
    /** The data that the server keeps for the client's connection. */
    connectionData() {
      const [connection] = server.io.sockets.sockets.values()
      if (!connection) throw new Error('There is no connection')
      return connection.data
    },
    async [Symbol.asyncDispose]() {
      await client.disconnect()
      await server.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

describe('while the store is down', () => {
  it('a client goes on trying to connect, and does once the store is back', async () => {
    await using context = await start()
    const { client, store } = context
    store.breakDown()
    const connecting = client.connect()
    await expect.poll(() => client.getSnapshot().attempt, { timeout: 5_000 }).toBeGreaterThan(1)
    store.comeBack()
    await connecting
    expect(client.status).toBe('connected')
  })

  it('a call fails as retryable, on a connection that stays, and works once the store is back', async () => {
    await using context = await start()
    const { client, store } = context
    await client.connect()
    store.breakDown()
    context.connectionData().lastActivityAt = 0 // so that the next command uses the store
    await expect(client.echo('x')).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
    })
    expect(client.status).toBe('connected')
    store.comeBack()
    expect(await client.echo('x')).toMatchObject({ received: 'x' })
  })

  it('an end that cannot be committed changes nothing, and works once the store is back', async () => {
    await using context = await start()
    const { client, store, server } = context
    await client.connect()
    const id = context.connectionData().sessionId
    store.breakDown()
    await expect(server.sessions.end(id)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(client.status).toBe('connected')
    store.comeBack()
    expect(await client.echo('x')).toMatchObject({ received: 'x' })
    const ended = new Promise((resolve) => client.on('session:ended', resolve))
    expect(await server.sessions.end(id)).toBe(true)
    expect(await ended).toEqual({ code: 'ended' })
  })
})
