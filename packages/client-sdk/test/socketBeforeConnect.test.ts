import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { startServer } from './support/server.js'
import { welcome } from './support/welcome.js'

/** A plain Socket.IO server, which greets each connection in its first packet. */
async function plainServer(greeting: string) {
  const http = createServer()
  const io = new Server(http)
  io.on('connection', (socket) => {
    socket.emit('connected', welcome)
    socket.emit('greeting', greeting)
    socket.on('said', (text: string) => socket.emit('heard', text))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    io,
    url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`,
    async [Symbol.asyncDispose]() {
      await io.close()
    },
  }
}

function openClient(options: YektaYarSocketOptions = {}) {
  const client = new YektaYarSocket({ token: 'x', retryDelayMs: 10, ...options })
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.disconnect() })
}

/** Listens as the guide does, to events of a server that knows nothing of this client. */
function listen(client: YektaYarSocket): unknown[][] {
  const heard: unknown[][] = []
  const { socket } = client
  for (const name of ['connect', 'disconnect', 'greeting', 'heard'] as const) {
    socket?.on(name as 'connect', (...args: unknown[]) => {
      if (name === 'connect') heard.push([name, socket.id])
      else heard.push([name, ...args])
    })
  }
  return heard
}

describe('client.socket', () => {
  it('is null before connect(), and can be listened to from then on, from the first packet', async () => {
    await using server = await plainServer('hello')
    await using client = openClient()
    expect(client.socket).toBeNull()
    const connecting = client.connect(server.url)
    const heard = listen(client)
    const { socket } = client
    expect(socket?.connected).toBe(false)
    await connecting
    await eventually(() => {
      expect(heard).toEqual([
        ['connect', client.getSnapshot().socketId],
        ['greeting', 'hello'],
      ])
    })
    expect(client.socket).toBe(socket)
  })

  it('is there before an address or a token is known', async () => {
    await using server = await plainServer('hello')
    let tellUrl: (url: string) => void = () => undefined
    const url = () =>
      new Promise<string>((resolve) => {
        tellUrl = resolve
      })
    await using client = openClient({ url, token: () => Promise.resolve('x') })
    const connecting = client.connect()
    const heard = listen(client)
    tellUrl(server.url)
    await connecting
    await eventually(() => {
      expect(heard[1]).toEqual(['greeting', 'hello'])
    })
  })

  it('is the same across reconnects, disconnect() and another server', async () => {
    await using first = await plainServer('first')
    await using second = await plainServer('second')
    await using client = openClient()
    void client.connect(first.url)
    const heard = listen(client)
    const { socket } = client
    await client.whenStatus('connected')
    first.io.disconnectSockets(true)
    await client.whenStatus('stopped')
    await client.connect()
    for (const { conn } of first.io.sockets.sockets.values()) conn.close()
    await client.whenStatus('reconnecting')
    await client.whenStatus('connected')
    await client.disconnect()
    await client.connect(second.url)
    await eventually(() => {
      expect(heard.filter(([name]) => name === 'greeting')).toEqual([
        ...[1, 2, 3].map(() => ['greeting', 'first']),
        ['greeting', 'second'],
      ])
    })
    expect(heard.filter(([name]) => name === 'disconnect')).toHaveLength(3)
    expect(client.socket).toBe(socket)
  })

  it('sends what was emitted before the connection to that server, and to no other one', async () => {
    await using first = await plainServer('first')
    await using second = await plainServer('second')
    await using client = openClient()
    void client.connect(first.url)
    const heard = listen(client)
    const say = (text: string) => client.socket?.emit('said' as 'message', text)
    say('early')
    await eventually(() => {
      expect(heard).toContainEqual(['heard', 'early'])
    })
    await client.disconnect()
    say('to the first server')
    await client.connect(second.url)
    say('to the second server')
    await eventually(() => {
      expect(heard).toContainEqual(['heard', 'to the second server'])
    })
    expect(heard).not.toContainEqual(['heard', 'to the first server'])
  })

  it('opens no connection by itself', async () => {
    await using context = await startServer()
    const client = context.client()
    const connecting = client.connect()
    client.socket?.connect()
    client.socket?.io.connect()
    await connecting
    client.socket?.connect()
    expect(await client.echo('x')).toMatchObject({ received: 'x' })
    await eventually(() => {
      expect(context.server.io.engine.clientsCount).toBe(1)
    })
    await client.disconnect()
    client.socket?.connect()
    await eventually(() => {
      expect(context.server.io.engine.clientsCount).toBe(0)
    })
    await client.connect()
    expect(client.socket?.connected).toBe(true)
  })
})
