import { coreContract } from '@yektayar/protocol'
import type { Json } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

async function setUp() {
  const context = await startServer()
  const client = context.client()
  await client.connect()
  return { ...context, client }
}

describe('the commands of the guide', () => {
  it('resolve with their typed answers', async () => {
    await using context = await setUp()
    const { client } = context
    const pong = await client.ping()
    expect(pong.roundTripMs).toBeGreaterThan(0)
    expect(client.getSnapshot().roundTripMs).toBe(pong.roundTripMs)
    expect((await client.getStatus()).connection.socketId).toBe(client.socket?.id)
    expect((await client.getInfo()).session.userId).toBe('anonymous')
    expect((await client.echo({ a: [1] })).received).toEqual({ a: [1] })
    expect(await client.sendMessage({ text: 'hi' })).toMatchObject({ success: true })
    expect(await client.call('echo', 'x', { timeoutMs: 1_000 })).toMatchObject({ received: 'x' })
  })

  it('reject with the server’s typed error', async () => {
    await using context = await setUp()
    const error = await rejection(context.client.call('nothing' as 'ping'))
    expect(error).toMatchObject({
      name: 'YektaYarError',
      code: 'unknown_command',
      retryable: false,
      mayHaveRun: false,
    })
  })
})

describe('a call settles', () => {
  it('at once when nothing is connecting', async () => {
    const client = new YektaYarSocket('token')
    expect(await rejection(client.echo('x'))).toMatchObject({ code: 'not_connected' })
    expect(await rejection(client.ping())).toMatchObject({ code: 'not_connected' })
  })

  it('by its timeout while there is no connection, and was not sent', async () => {
    await using context = await startServer()
    await context.stop()
    const client = context.client()
    void client.connect()
    expect(await rejection(client.echo('x', { timeoutMs: 30 }))).toMatchObject({
      code: 'timeout',
      mayHaveRun: false,
    })
  })

  it('with its answer when the connection comes up in time', async () => {
    await using context = await startServer()
    const client = context.client()
    void client.connect()
    expect(await client.echo('early')).toMatchObject({ received: 'early' })
  })

  it('by its timeout, its signal and a lost connection when the server never answers', async () => {
    await using context = await setUp()
    const { client } = context
    const [connection] = context.server.io.sockets.sockets.values()
    connection?.offAny() // the server keeps the connection but handles no more commands
    const controller = new AbortController()
    const timedOut = rejection(client.echo('x', { timeoutMs: 30 }))
    const aborted = rejection(client.echo('x', { signal: controller.signal }))
    const lost = rejection(client.echo('x'))
    const unsent = rejection(client.echo('x', { signal: AbortSignal.abort() }))
    expect(await unsent).toMatchObject({ code: 'aborted', mayHaveRun: false })
    controller.abort()
    expect(await timedOut).toMatchObject({ code: 'timeout', mayHaveRun: true })
    expect(await aborted).toMatchObject({ code: 'aborted', mayHaveRun: true })
    await client.disconnect()
    expect(await lost).toMatchObject({ code: 'connection_lost', mayHaveRun: true })
  })

  it('as not sent when the heartbeat turns out to be overdue after a sleep', async () => {
    await using context = await setUp()
    const { client, server } = context
    const messages = vi.fn()
    server.io.sockets.sockets.forEach((connection) => connection.onAny(messages))
    await client.ping()
    messages.mockClear()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 })
    const call = rejection(client.echo('before the sleep'))
    expect(await call).toMatchObject({ code: 'connection_lost', mayHaveRun: false })
    vi.useRealTimers()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    server.io.sockets.sockets.forEach((connection) => connection.onAny(messages))
    await client.ping()
    expect(messages.mock.calls.map(([name]) => name as string)).not.toContain('echo')
  })

  it.each([
    [
      'a circular object',
      () => {
        const a: Record<string, unknown> = {}
        a.a = a
        return a
      },
      'invalid_input',
    ],
    ['a BigInt', () => 1n, 'invalid_input'],
    ['a function', () => () => 1, 'invalid_input'],
    ['more than 64 KiB', () => 'é'.repeat(33_000), 'payload_too_large'],
    ['more than 32 levels', () => nested(33), 'invalid_input'],
    ['more than 1,000 keys', () => keyed(1_001), 'invalid_input'],
  ])('at once for %s, of which nothing is sent', async (_what, input, code) => {
    await using context = await setUp()
    const error = await rejection(context.client.call('echo', input() as string))
    expect(error).toMatchObject({ code, mayHaveRun: false })
  })

  it('with its answer for an input at the edge of what the server takes', async () => {
    await using context = await setUp()
    const input = { deep: nested(31), text: '"}]{['.repeat(50), many: keyed(990) }
    expect((await context.client.echo(input)).received).toEqual(input)
  })

  it('without an unhandled rejection when nobody waits for it', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const client = new YektaYarSocket({ url: 'http://127.0.0.1:1', token: 'x' })
    void client.ping()
    void client.connect({ timeoutMs: 1 })
    await rejection(client.connect({ timeoutMs: 5 }))
    await client.disconnect()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('events', () => {
  it('reach every listener, also after one has thrown, until it unsubscribes', async () => {
    await using context = await setUp()
    const { client } = context
    const report = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const [first, second, once] = [vi.fn(), vi.fn(), vi.fn()]
    client.on('connected', () => {
      throw new Error('a listener’s mistake')
    })
    const stop = client.on('connected', first)
    client.on('connected', second)
    client.once('connected', once)
    const welcome = { message: 'again', socketId: 'x', isLoggedIn: false }
    context.server.io.emit('connected', welcome)
    await client.ping()
    stop()
    stop()
    context.server.io.emit('connected', welcome)
    await client.ping()
    expect([first, second, once].map(({ mock }) => mock.calls.length)).toEqual([1, 2, 1])
    expect(report).toHaveBeenCalledTimes(2)
    report.mockRestore()
  })

  it('can be read as an async iterator', async () => {
    await using context = await setUp()
    const { client, server } = context
    const stream = client.events('connected')
    for (const message of ['a', 'b']) {
      server.io.emit('connected', { message, socketId: 'x', isLoggedIn: false })
    }
    const messages: string[] = []
    for await (const { message } of stream) {
      messages.push(message)
      if (messages.length === 2) break
    }
    expect(messages).toEqual(['a', 'b'])
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('end their iterator when the signal aborts or the reader is too slow', async () => {
    await using context = await setUp()
    const { client, server } = context
    const controller = new AbortController()
    const aborted = client.events('connected', { signal: controller.signal })
    const slow = client.events('connected')
    const reading = aborted.next()
    controller.abort()
    expect(await reading).toMatchObject({ done: true })
    for (let index = 0; index < 1_001; index++) {
      server.io.emit('connected', { message: '', socketId: 'x', isLoggedIn: false })
    }
    await client.ping()
    const readAll = async () => {
      for await (const { message } of slow) expect(message).toBe('')
    }
    expect(await rejection(readAll())).toMatchObject({ code: 'buffer_overflow' })
  })
})

describe('a client with a contract', () => {
  it('checks inputs, outputs and events', async () => {
    await using context = await startServer()
    const client = context.client({ contract: coreContract })
    const listener = vi.fn()
    client.on('connected', listener)
    await client.connect()
    await vi.waitFor(() => {
      expect(listener).toHaveBeenCalledOnce() // the welcome event
    })
    listener.mockClear()
    const report = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    context.server.io.emit('connected', { wrong: true } as never)
    context.server.io.emit('connected', { message: 'm', socketId: 'x', isLoggedIn: false })
    await vi.waitFor(() => {
      expect(listener).toHaveBeenCalledExactlyOnceWith({
        message: 'm',
        socketId: 'x',
        isLoggedIn: false,
      })
    })
    expect(report).toHaveBeenCalledOnce()
    report.mockRestore()

    expect(await rejection(client.call('ping', 1 as never))).toMatchObject({
      code: 'invalid_input',
      message: 'ping: Invalid input: This command takes no payload',
    })
    const [connection] = context.server.io.sockets.sockets.values()
    connection?.offAny()
    connection?.onAny((_name: string, ...args: unknown[]) => {
      const acknowledge = args.at(-1) as (answer: unknown) => void
      acknowledge({ ok: true, data: { timestamp: 7 } })
    })
    expect(await rejection(client.call('ping'))).toMatchObject({
      code: 'invalid_answer',
      mayHaveRun: true,
    })
  })

  it('does not take nonsense for an answer', async () => {
    await using context = await setUp()
    const [connection] = context.server.io.sockets.sockets.values()
    connection?.offAny()
    connection?.onAny((_name: string, ...args: unknown[]) => {
      const acknowledge = args.at(-1) as (answer: unknown) => void
      acknowledge('nonsense')
    })
    expect(await rejection(context.client.call('ping'))).toMatchObject({ code: 'invalid_answer' })
  })
})

function nested(depth: number): Json {
  let value: Json = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

function keyed(count: number): Json {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index]))
}
