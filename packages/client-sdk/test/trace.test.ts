import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { TraceEvent, YektaYarSocketOptions } from '../src/index.js'
import { cutConnections } from './support/cutConnections.js'
import { ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { startGateway } from './support/gateway.js'
import { reconnect } from './support/reconnect.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'
import { credentialsOf, signingIn } from './support/signingIn.js'
import { unlimited } from './support/unlimited.js'

type Type = TraceEvent['type']

/** Options of a traced client, and its trace events by type. */
function tracing(options: YektaYarSocketOptions = {}) {
  const traces: TraceEvent[] = []
  return {
    options: { ...options, onTrace: (trace: TraceEvent) => traces.push(trace) },
    traces,
    types: () => traces.map(({ type }) => type),
    of: (...types: readonly Type[]) => traces.filter(({ type }) => types.includes(type)),
  }
}

const ms = expect.any(Number) as number
const bytes = ms
const call = ms
const connection: readonly Type[] = [
  ...(['attempt', 'connecting', 'connected', 'attempt-failed'] as const),
  ...(['disconnected', 'retry', 'closed', 'request', 'session'] as const),
]

describe('a trace of the connection', () => {
  it('tells what an attempt does, until the app closes it', async () => {
    await using context = await startServer()
    const trace = tracing()
    const client = context.client(trace.options)
    await client.connect()
    await client.disconnect()
    await eventually(() => {
      expect(trace.of('disconnected')).toHaveLength(1)
    })
    const { expiresAt } = client.session
    expect(trace.of(...connection)).toMatchObject([
      { type: 'attempt', attempt: 1, isOffline: false },
      { type: 'session', state: 'acquiring', isLoggedIn: false, expiresAt: null },
      {
        type: 'request',
        request: 'POST /api/session/acquire',
        status: 200,
        code: null,
        durationMs: ms,
      },
      { type: 'session', state: 'active', isLoggedIn: false, expiresAt },
      { type: 'connecting', origin: context.url, transports: ['websocket', 'polling'] },
      { type: 'connected', transport: 'websocket', durationMs: ms },
      { type: 'closed', code: null },
      { type: 'disconnected', code: 'aborted', reason: null, durationMs: ms },
    ])
    expect(trace.traces.every((each) => Object.isFrozen(each))).toBe(true)
    expect(trace.traces.every(({ at }) => Math.abs(at - Date.now()) < 60_000)).toBe(true)
  })

  it('tells why it was lost, and when the next attempt comes', async () => {
    await using context = await startServer()
    const trace = tracing()
    const client = context.client(trace.options)
    await client.connect()
    trace.traces.length = 0
    cutConnections(context)
    await client.whenStatus('reconnecting')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await client.ping()
    expect(trace.of(...connection)).toMatchObject([
      { type: 'disconnected', code: 'connection_lost', reason: 'transport close', durationMs: ms },
      { type: 'retry', code: 'connection_lost', delayMs: ms },
      { type: 'attempt', attempt: 2 },
      { type: 'connecting', origin: context.url },
      { type: 'connected', transport: 'websocket' },
    ])
  })

  it('tells the step at which an attempt failed', async () => {
    const trace = tracing()
    await using context = await startServer()
    let url = 'nowhere'
    let fetchUrl = 'http://127.0.0.1:1'
    const portal = createServer((_request, response) => response.writeHead(418).end('sign in'))
    await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve))
    const client = context.client({
      ...trace.options,
      url: () => url,
      transports: ['polling'],
      fetch: (path, init) => fetch((path as string).replace(url, fetchUrl), init),
    })
    const failed = async (fields: object) => {
      await eventually(() => {
        expect(trace.of('attempt-failed').at(-1)).toMatchObject(fields)
      })
    }
    void client.connect()
    await failed({ step: 'address', code: 'callback_failed', status: null })
    url = `http://127.0.0.1:${String((portal.address() as AddressInfo).port)}`
    await failed({ step: 'session', code: 'network_error', status: null })
    fetchUrl = url
    await eventually(() => {
      expect(trace.of('request').at(-1)).toMatchObject({ status: 418, code: 'invalid_answer' })
    })
    fetchUrl = context.url
    await failed({ step: 'connection', code: 'invalid_answer', status: 418 })
    url = context.url
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    portal.close()
  })

  it('tells why it stopped', async () => {
    await using context = await startServer()
    const trace = tracing({ token: 'no-such-token' })
    await rejection(context.client(trace.options).connect())
    expect(trace.of('attempt-failed', 'closed')).toMatchObject([
      { type: 'attempt-failed', step: 'connection', code: 'token_invalid' },
      { type: 'closed', code: 'token_invalid' },
    ])
  })

  it('tells of an upgrade', async () => {
    await using context = await startServer()
    const upgrades: (() => unknown)[] = []
    await using gateway = await startGateway(context.url, (_socket, pass) => upgrades.push(pass))
    const trace = tracing({ url: gateway.url, transports: ['polling', 'websocket'] })
    const client = context.client(trace.options)
    await client.connect()
    await eventually(() => {
      expect(upgrades).toHaveLength(1)
    })
    upgrades[0]?.()
    await eventually(() => {
      expect(trace.of('connected', 'upgraded')).toMatchObject([
        { type: 'connected', transport: 'polling' },
        { type: 'upgraded', transport: 'websocket' },
      ])
    })
  })
})

describe('a trace of commands', () => {
  it('tells of each whether it waited, went out, and was answered', async () => {
    await using context = await startServer()
    const trace = tracing()
    const client = context.client(trace.options)
    const connecting = client.connect()
    await client.echo('early')
    await connecting
    await client.echo('hi')
    const waited = trace.of('wait')[0]
    expect(waited).toMatchObject({ type: 'wait', name: 'echo', bytes: 'echo"early"'.length, call })
    const echoes = trace
      .of('wait', 'send', 'answer')
      .filter((each) => 'name' in each && each.name === 'echo')
    const done = { type: 'answer', code: null, mayHaveRun: false, durationMs: ms }
    expect(echoes).toMatchObject([
      { type: 'wait' },
      { type: 'send', bytes: 'echo"early"'.length },
      done,
      { type: 'send', bytes: 'echo"hi"'.length },
      done,
    ])
    expect(new Set(echoes.map((each) => 'call' in each && each.call)).size).toBe(2)
  })

  it('tells why a command failed, and whether it may have run', async () => {
    await using server = await scriptServer(deliverAll)
    const trace = tracing()
    const client = server.client(trace.options)
    await rejection(client.echo('hi'))
    await client.connect()
    const silent = client.call('info', undefined, { timeoutMs: 20 })
    await rejection(silent)
    await rejection(client.echo('x'.repeat(70_000)))
    await eventually(() => {
      const answers = trace
        .of('answer')
        .filter((each) => !('name' in each && each.name === 'status'))
      expect(answers).toMatchObject([
        { name: 'echo', code: 'not_connected', mayHaveRun: false },
        { name: 'info', code: 'timeout', mayHaveRun: true },
        { name: 'echo', code: 'payload_too_large', mayHaveRun: false },
      ])
    })
    expect(trace.types()).toContain('probe') // because `info` timed out
  })

  it('tells of events by name', async () => {
    await using context = await startServer()
    const trace = tracing()
    const client = context.client(trace.options)
    await client.connect()
    await client.ping()
    expect(trace.of('event')).toMatchObject([
      { type: 'event', name: 'connection:accepted' },
      { type: 'event', name: 'connected' },
    ])
  })
})

describe('a trace of the outbox', () => {
  const outbox: readonly Type[] = [
    ...(['outbox-queued', 'outbox-deliver', 'outbox-retry', 'outbox-settled'] as const),
  ]

  it('tells how commands get to the server, once more after a loss', async () => {
    await using server = await scriptServer(() => undefined)
    const trace = tracing()
    const client = server.client(trace.options)
    const sent = [client.sendMessage('one'), client.sendMessage('two')]
    await client.connect()
    await eventually(() => {
      expect(server.packets).toHaveLength(1)
    })
    server.play(deliverAll)
    server.cut()
    await Promise.all(sent)
    await client.ping()
    expect(trace.of(...outbox)).toMatchObject([
      { type: 'outbox-queued', n: 1, name: 'message', bytes },
      { type: 'outbox-queued', n: 2, name: 'message', bytes },
      { type: 'outbox-deliver', count: 2, first: 1, last: 2 },
      { type: 'outbox-deliver', count: 2, first: 1, last: 2 },
      { type: 'outbox-settled', n: 1, name: 'message', code: null },
      { type: 'outbox-settled', n: 2, name: 'message', code: null },
    ])
    const packet = trace.of('send').find((each) => 'name' in each && each.name === 'outbox:deliver')
    expect(packet).toMatchObject({ type: 'send', bytes })
  })

  it('tells when it tries again, and what it has given up', async () => {
    await using server = await scriptServer((_packet, answer) => {
      answer({ code: 'store_unavailable', message: 'Not now', retryable: true })
    })
    const trace = tracing({ outbox: { maxItems: 1 } })
    const client = server.client(trace.options)
    await client.connect()
    void client.sendMessage('one')
    await eventually(() => {
      expect(trace.types()).toContain('outbox-retry')
    })
    client.outbox.clear()
    await client.ping()
    expect(trace.of('outbox-retry', 'outbox-settled').at(-1)).toMatchObject({
      type: 'outbox-settled',
      code: 'session_ended',
    })
    expect(trace.of('outbox-retry')[0]).toMatchObject({ delayMs: ms })
  })
})

describe('a trace of the session', () => {
  it('tells of requests, of changes, and when it is renewed', async () => {
    await using context = await startServer(signingIn)
    const trace = tracing()
    const client = context.client(trace.options)
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    await rejection(client.session.signIn(credentialsOf('sara', 'wrong')))
    await client.session.renew()
    const [session] = await client.session.list()
    await rejection(client.session.end('nobody'))
    await client.session.end(session?.id)
    await eventually(() => {
      expect(trace.of('request').slice(0, 6)).toMatchObject([
        { request: 'POST /api/session/acquire', status: 200, code: null },
        { request: 'POST /api/session/sign-in', status: 200, code: null },
        { request: 'POST /api/session/sign-in', status: 401, code: 'unauthorized' },
        { request: 'GET /api/session/all', status: 200, code: null },
        { request: 'DELETE /api/session', status: 404, code: 'not_found' },
        { request: 'DELETE /api/session', status: 204, code: null },
      ])
    })
    const states = trace
      .of('session')
      .map((each) => 'isLoggedIn' in each && [each.state, each.isLoggedIn])
    expect(states).toEqual(expect.arrayContaining([['active', true], ['renewing', true]])) // prettier-ignore
    expect(trace.of('renewal').length).toBeGreaterThan(0)
    expect(trace.of('renewal')[0]).toMatchObject({ type: 'renewal', delayMs: ms })
    expect(JSON.stringify(trace.traces)).not.toContain(session?.id)
  })

  it('tells that no answer came', async () => {
    const trace = tracing({ connectTimeoutMs: 30, fetch: () => new Promise(() => undefined) })
    await using context = await startServer()
    void context.client(trace.options).connect()
    await eventually(() => {
      expect(trace.of('request')[0]).toMatchObject({ status: null, code: 'aborted' })
    })
    expect(trace.of('attempt-failed')[0]).toMatchObject({ step: 'session', code: 'timeout' })
  })
})

describe('a trace of rooms', () => {
  it('tells their states and what they miss, by a number in place of the name', async () => {
    await using context = await startServer(unlimited)
    const trace = tracing()
    const client = context.client(trace.options)
    await client.connect()
    const room = client.room(ROOM)
    await room.join()
    await rejection(client.room('user:somebody').join())
    await context.server.publish(ROOM, 'before')
    await eventually(() => {
      expect(room.messages).toHaveLength(1)
    })
    await client.disconnect()
    for (let index = 0; index < 700; index++) await context.server.publish(ROOM, index)
    await client.connect()
    await room.join()
    await client.ping()
    expect(trace.of('room', 'room-joined', 'room-gap')).toMatchObject([
      { type: 'room', room: 1, state: 'joining', code: null },
      { type: 'room', room: 1, state: 'joined', code: null },
      { type: 'room-joined', room: 1, kind: 'continuous' },
      { type: 'room', room: 2, state: 'joining', code: null },
      { type: 'room', room: 2, state: 'left', code: 'room_forbidden' },
      { type: 'room', room: 1, state: 'joining', code: null },
      { type: 'room-gap', room: 1, missing: expect.any(Number) as number },
      { type: 'room', room: 1, state: 'joined', code: null },
      { type: 'room-joined', room: 1, kind: 'replayed', count: 700 },
    ])
    expect(JSON.stringify(trace.traces)).not.toMatch(/lobby|somebody/)
  })
})

describe('onTrace', () => {
  it('breaks nothing when it throws, and its error is reported as that of any listener', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    try {
      await using context = await startServer(signingIn)
      const mistake = new Error('a listener’s mistake')
      const client = context.client({
        onTrace: () => {
          throw mistake
        },
      })
      await client.connect()
      expect((await client.echo('hi')).received).toBe('hi')
      await client.sendMessage('once')
      await client.session.signIn(credentialsOf('sara'))
      await client.room(ROOM).join()
      await reconnect(client)
      expect(reported).toHaveBeenCalledWith(mistake)
    } finally {
      reported.mockRestore()
    }
  })

  it('may call the client, since nothing is under way when it is called', async () => {
    await using context = await startServer()
    const client = context.client({
      onTrace: ({ type }) => {
        if (type === 'connecting') void client.disconnect()
      },
    })
    expect(await rejection(client.connect())).toMatchObject({ code: 'not_connected' })
    expect(client.status).toBe('idle')
  })

  it('has to be a function', async () => {
    await using context = await startServer()
    const options = { onTrace: 'console' } as unknown as YektaYarSocketOptions
    expect(() => context.client(options)).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  })
})
