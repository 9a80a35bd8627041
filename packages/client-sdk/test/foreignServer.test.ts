import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { Socket } from 'socket.io'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { rejection } from './support/server.js'
import { welcome } from './support/welcome.js'

/** A Socket.IO server of somebody else, which admits everybody, and a client that has found it. */
async function findForeign(serve: (socket: Socket) => void, options: YektaYarSocketOptions = {}) {
  const http = createServer()
  const io = new Server(http)
  let connections = 0
  io.on('connection', (socket) => {
    connections++
    serve(socket)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo // a TCP server has no path
  const client = new YektaYarSocket({
    url: `http://127.0.0.1:${String(port)}`,
    token: 'token',
    connectTimeoutMs: 300,
    retryDelayMs: 10,
    retryDelayMaxMs: 20,
    ...options,
  })
  onTestFinished(async () => {
    await client.disconnect()
    await io.close()
  })
  return { client, connections: () => connections }
}

const notWelcomed = {
  code: 'invalid_answer',
  message: 'connect: admitted, but not welcomed',
  hint: 'Is it a YektaYar server? Check url and path',
  retryable: true,
}

describe.each([['websocket'], ['polling']] as const)(
  'a foreign Socket.IO server, by %s',
  (name) => {
    const transports: YektaYarSocketOptions['transports'] = [name]

    it('does not count as connected, and is asked again', async () => {
      const { client, connections } = await findForeign(() => undefined, { transports })
      const statuses: string[] = []
      client.subscribe(({ status }) => statuses.push(status))
      const failed = await rejection(client.connect({ timeoutMs: 1_500 }))
      expect(failed).toMatchObject({ code: 'timeout', cause: notWelcomed })
      expect(connections()).toBeGreaterThan(1)
      expect(statuses).not.toContain('connected')
    })

    it('cannot end a session of ours', async () => {
      let visits = 0
      const { client } = await findForeign(
        (socket) => {
          const isOurs = ++visits === 3
          socket.emit(isOurs ? 'connected' : 'session:ended', isOurs ? welcome : { code: 'ended' })
          if (!isOurs) socket.disconnect()
        },
        { transports },
      )
      const ends = vi.fn()
      client.session.subscribe(({ state }) => {
        if (state === 'ended') ends()
      })
      await client.connect({ timeoutMs: 5_000 })
      expect(ends).not.toHaveBeenCalled()
      expect(visits).toBe(3)
    })

    it('cannot stop a client by what it ends', async () => {
      let visits = 0
      const { client } = await findForeign(
        (socket) => {
          if (++visits < 3) socket.disconnect()
          else socket.emit('connected', welcome)
        },
        { transports },
      )
      const errors: unknown[] = []
      client.subscribe(({ error }) => errors.push(error))
      await client.connect({ timeoutMs: 5_000 })
      expect(errors).toContainEqual(expect.objectContaining(notWelcomed))
    })
  },
)

it('polling is tried where a WebSocket leads to somebody else', async () => {
  const { client } = await findForeign((socket) => {
    if (socket.conn.transport.name === 'polling') socket.emit('connected', welcome)
  })
  await client.connect({ timeoutMs: 5_000 })
  expect(client.getSnapshot().transport).toBe('polling')
})

it('polling is tried soon where a WebSocket admits and then says nothing', async () => {
  const { client } = await findForeign(
    (socket) => {
      if (socket.conn.transport.name === 'polling') socket.emit('connected', welcome)
    },
    { connectTimeoutMs: 60_000 },
  )
  await client.connect({ timeoutMs: 10_000 })
  expect(client.getSnapshot().transport).toBe('polling')
})
