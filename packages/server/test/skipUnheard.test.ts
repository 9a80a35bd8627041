import { Socket } from 'socket.io'
import { describe, expect, it, vi } from 'vitest'
import { connected, startServer } from './support/server.js'

/** Counts how often Socket.IO goes through the middlewares of a connection. */
function countRuns() {
  const runs = vi.spyOn(Socket.prototype as unknown as { run(): void }, 'run')
  return {
    runs,
    [Symbol.dispose]: () => {
      runs.mockRestore()
    },
  }
}

async function start() {
  const context = await startServer()
  const { token } = await context.acquire()
  const client = await connected(context.client({ auth: { token } }))
  const connection = context.server.io.sockets.sockets.get(client.id ?? '')
  if (!connection) throw new Error('There is no connection')
  return { context, client, connection }
}

describe('a command', () => {
  it('takes no tick of Socket.IO where an app does not listen', async () => {
    using counted = countRuns()
    const { context, client } = await start()
    await using _ = context
    for (let n = 0; n < 10; n++)
      expect(await client.emitWithAck('ping')).toMatchObject({ ok: true })
    expect(counted.runs).not.toHaveBeenCalled()
  })

  it('reaches the listeners and middlewares of an app, whenever it has added them', async () => {
    const { context, client, connection } = await start()
    await using _ = context
    const heard: unknown[] = []
    await client.emitWithAck('ping')
    connection.on('echo', (...packet) => {
      heard.push(['listener', packet[0]])
    })
    await client.emitWithAck('echo', 1)
    connection.use(([name], next) => {
      heard.push(['middleware', name])
      next()
    })
    await client.emitWithAck('ping')
    await client.emitWithAck('echo', 2)
    expect(heard).toEqual([
      ['listener', 1],
      ['middleware', 'ping'],
      ['middleware', 'echo'],
      ['listener', 2],
    ])
  })
})
