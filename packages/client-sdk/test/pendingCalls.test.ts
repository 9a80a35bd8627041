import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { YektaYarError } from '../src/index.js'
import type { YektaYarSocket } from '../src/index.js'
import { numbers } from './support/numbers.js'
import { rejection, startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

const MANY = 60

/** A connected client, and the names and inputs that reach its server, which answers if it is to. */
async function setUp({ isSilent = false } = {}) {
  const context = await startServer(unlimited)
  const client = context.client()
  await client.connect()
  await client.ping()
  const [connection] = context.server.io.sockets.sockets.values()
  if (isSilent) connection?.offAny()
  return { ...context, client }
}

describe('what a call costs', () => {
  it('is no timer, no listener, no signal and no second encoding of its own', async () => {
    await using context = await setUp()
    const { client } = context
    const listeners = client.socket?.listeners('disconnect').length
    const used: string[] = []
    const counted = (name: string, original: () => object): void => {
      const proxy = new Proxy(original, {
        apply(target, self, args: []) {
          used.push(name)
          return Reflect.apply(target, self, args)
        },
        construct(target, args) {
          used.push(name)
          return Reflect.construct(target, args) as object
        },
      })
      vi.stubGlobal(name, proxy)
    }
    counted('setTimeout', globalThis.setTimeout as never)
    counted('AbortController', globalThis.AbortController as never)
    counted('TextEncoder', globalThis.TextEncoder as never)
    const calls = numbers(1, MANY).map((n) => client.echo({ n }, { timeoutMs: 7_000 }))
    vi.unstubAllGlobals()
    expect(used).toEqual(['setTimeout'])
    expect(client.socket?.listeners('disconnect')).toHaveLength(listeners ?? 0)
    await Promise.all(calls)
  })

  it('leaves no listener on the signal of its caller', async () => {
    await using context = await setUp()
    const { signal } = new AbortController()
    const calls = numbers(1, 3).map((n) => context.client.echo(n, { signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(3)
    await Promise.all(calls)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('the order of calls', () => {
  it('is that in which they were made, also of one by a listener of the status', async () => {
    await using context = await startServer()
    const received: unknown[] = []
    context.server.io.on('connection', (connection) => {
      connection.onAny((name: string, input: unknown) => {
        if (name === 'echo') received.push(input)
      })
    })
    const client = context.client()
    const calls: Promise<unknown>[] = []
    client.subscribe(({ status }) => {
      if (status === 'connected') calls.push(client.echo('by a listener'))
    })
    void client.connect()
    for (const text of ['first', 'second', 'third']) calls.push(client.echo(text))
    await client.whenStatus('connected')
    calls.push(client.echo('last'))
    await Promise.all(calls)
    expect(received).toEqual(['first', 'second', 'third', 'by a listener', 'last'])
  })
})

describe('a call on an open connection', () => {
  it('is sent at once, and may have run if the app disconnects in the same turn', async () => {
    await using context = await setUp()
    const call = rejection(context.client.echo('x'))
    await context.client.disconnect()
    expect(await call).toMatchObject({ code: 'connection_lost', mayHaveRun: true })
  })

  it('fails only once its status is known', async () => {
    await using context = await setUp({ isSilent: true })
    const { client } = context
    const failed = client.echo('x').catch(() => client.status)
    context.server.io.sockets.sockets.forEach((connection) => {
      connection.conn.close()
    })
    expect(await failed).toBe('reconnecting')
  })

  it('fails as the listener of the app does that sees what goes out', async () => {
    await using context = await setUp()
    const { client } = context
    const mistake = new Error('a listener’s mistake')
    const listener = (name: string): void => {
      if (name === 'echo') throw mistake
    }
    client.socket?.onAnyOutgoing(listener)
    expect(await rejection(client.echo('x'))).toBe(mistake)
    client.socket?.offAnyOutgoing(listener)
    expect(await client.echo('y')).toMatchObject({ received: 'y' })
  })
})

type Failing = (client: YektaYarSocket) => Promise<unknown>

it.each<[string, Failing]>([
  ['a timeout', (client) => client.echo('x', { timeoutMs: 5 })],
  ['an abort', (client) => client.echo('x', { signal: AbortSignal.timeout(5) })],
  [
    'a lost connection',
    (client) => {
      setTimeout(() => {
        void client.disconnect()
      }, 5)
      return client.echo('x')
    },
  ],
])('the stack of %s leads to who awaits the call', async (_what, fail) => {
  await using context = await setUp({ isSilent: true })
  async function functionOfTheApp(): Promise<void> {
    await fail(context.client)
  }
  const error = await rejection(functionOfTheApp())
  expect(error).toBeInstanceOf(YektaYarError)
  expect((error as YektaYarError).mayHaveRun).toBe(true)
  expect((error as YektaYarError).stack).toContain('functionOfTheApp')
})

it('the stack of a refusal leads to who awaits the call', async () => {
  await using context = await setUp()
  async function functionOfTheApp(): Promise<void> {
    await context.client.call('nothing' as 'ping')
  }
  const error = await rejection(functionOfTheApp())
  expect(error).toMatchObject({ code: 'unknown_command' })
  expect((error as YektaYarError).stack).toContain('functionOfTheApp')
})
