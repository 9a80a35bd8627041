import type { Socket as TcpSocket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import { connected, startServer } from './support/server.js'

/** A connected client and its connection on the server, both untyped, so any event name works. */
async function openPair(transports: string[]) {
  const context = await startServer()
  const { token } = await context.acquire()
  const client = context.client({ auth: { token }, transports }) as unknown as Socket
  await connected(client as never) // the test uses event names of its own
  const io = context.server.io as unknown as { emit(name: string, value: unknown): void }
  const next = (name: string) => new Promise((resolve) => client.once(name, resolve))
  return {
    client,
    next,
    emit: (name: string, value: unknown) => {
      io.emit(name, value)
    },
    connection: () => [...context.server.io.sockets.sockets.values()][0],
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

/** The TCP socket of a client over WebSocket. */
function tcpOf({ io }: Socket): TcpSocket {
  // Private in engine.io-client.
  const { ws } = io.engine.transport as unknown as { ws: { _socket: TcpSocket } }
  return ws._socket
}

describe.each([['websocket'], ['polling']])('what is sent over %s', (transport) => {
  it.each([0, 1, 110, 118, 119, 120, 65_520, 65_530, 65_540, 200_000])(
    'arrives whole with a text of %i letters, in any script',
    async (length) => {
      await using pair = await openPair([transport])
      for (const letter of ['a', 'ش', '😀']) {
        const text = letter.repeat(length)
        const heard = pair.next('app:text')
        pair.emit('app:text', text)
        expect(await heard).toBe(text)
      }
    },
  )

  it('may be binary, between texts', async () => {
    await using pair = await openPair([transport])
    const heard: unknown[] = []
    pair.client.on('app:value', (value) => heard.push(value))
    pair.emit('app:value', 'before')
    pair.emit('app:value', { bytes: Buffer.from([1, 2, 3]), text: '5' })
    pair.connection()?.emit('app:value' as 'pong', Buffer.from([4]) as never)
    pair.emit('app:value', 'after')
    await vi.waitFor(() => {
      expect(heard).toHaveLength(4)
    })
    expect(heard).toEqual([
      'before',
      { bytes: Buffer.from([1, 2, 3]), text: '5' },
      Buffer.from([4]),
      'after',
    ])
  })

  it('is answered in order when much is asked in one turn', async () => {
    await using pair = await openPair([transport])
    const answered: number[] = []
    const numbers = Array.from({ length: 50 }, (_, index) => index)
    await Promise.all(
      numbers.map(async (number) => {
        expect(await pair.client.emitWithAck('echo', number)).toMatchObject({
          data: { received: number },
        })
        answered.push(number)
      }),
    )
    expect(answered).toEqual(numbers)
  })
})

it('arrives in order at a peer that pauses until the kernel takes no more', async () => {
  await using pair = await openPair(['websocket'])
  const heard: string[] = []
  pair.client.on('app:text', (text: string) => heard.push(text.slice(-3)))
  const tcp = tcpOf(pair.client)
  tcp.pause()
  const sent: string[] = []
  const say = (letter: string) => {
    const end = String(sent.length).padStart(3, '0')
    pair.emit('app:text', letter.repeat(50_000) + end)
    sent.push(end)
  }
  const conn = pair.connection()?.conn
  while (conn?.transport.writable) {
    say('a')
    await nextTurn()
  }
  for (const letter of ['ش', 'a', '😀']) say(letter)
  tcp.resume()
  await vi.waitFor(() => {
    expect(heard).toEqual(sent)
  })
  expect(sent.length).toBeGreaterThan(4)
  expect(conn?.transport.writable).toBe(true)
})

it('leaves in three writes when it is sent in a loop', async () => {
  await using pair = await openPair(['websocket'])
  const conn = pair.connection()?.conn
  // Private in ws.
  const { socket } = conn?.transport as unknown as { socket: { _socket: TcpSocket } }
  const one = vi.spyOn(socket._socket, '_write')
  const many = vi.spyOn(socket._socket, '_writev' as '_write')
  const heard: unknown[] = []
  pair.client.on('app:text', (text) => heard.push(text))
  await nextTurn()
  for (let count = 0; count < 50; count++) pair.emit('app:text', count)
  await vi.waitFor(() => {
    expect(heard).toEqual(Array.from({ length: 50 }, (_, index) => index))
  })
  expect([one.mock.calls.length, many.mock.calls.length]).toEqual([2, 1])
})

describe('a connection that upgrades', () => {
  it('loses nothing that is said meanwhile, and keeps its handshake but not its request', async () => {
    await using pair = await openPair(['polling', 'websocket'])
    const heard: number[] = []
    pair.client.on('app:number', (number: number) => heard.push(number))
    let sent = 0
    const timer = setInterval(() => {
      pair.emit('app:number', sent++)
    }, 1)
    await vi.waitFor(() => {
      expect(pair.connection()?.conn.transport.name).toBe('websocket')
    })
    await pair.client.emitWithAck('ping')
    clearInterval(timer)
    await vi.waitFor(() => {
      expect(heard).toEqual(Array.from({ length: sent }, (_, index) => index))
    })
    const connection = pair.connection()
    expect(connection?.handshake.headers.host).toMatch(/^127\.0\.0\.1:/)
    expect(connection?.request).toBeUndefined()
  })
})
