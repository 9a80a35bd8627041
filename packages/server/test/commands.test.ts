import type { Answer } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { connected, startServer } from './support/server.js'
import type { PlainClient } from './support/server.js'

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const timestamp = expect.stringMatching(isoTime) as string

async function setUp() {
  const context = await startServer()
  const { token } = await context.acquire()
  const client = await connected(context.client({ auth: { token } }))
  return { ...context, client, token, other: () => context.client({ auth: { token } }) }
}

/** Emits without an acknowledgement and resolves with the first of the named events. */
function reply(
  client: PlainClient,
  event:
    | 'pong'
    | 'status_response'
    | 'info_response'
    | 'echo_response'
    | 'message_received'
    | 'command:failed',
  send: () => void,
): Promise<unknown> {
  return new Promise((resolve) => {
    client.once(event, resolve)
    send()
  })
}

describe('the commands of the guide', () => {
  it('welcome a connection with exactly the shape of the guide', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const client = context.client({ auth: { token } })
    const welcome = vi.fn()
    client.on('connected', welcome)
    await connected(client)

    expect(welcome).toHaveBeenCalledExactlyOnceWith({
      message: 'Connected to YektaYar server',
      socketId: client.id,
      isLoggedIn: false,
    })
  })

  it('answer ping with pong and the time', async () => {
    await using context = await setUp()
    const { client } = context
    expect(await reply(client, 'pong', () => client.emit('ping'))).toStrictEqual({ timestamp })
  })

  it('answer status with the caller’s own connection and token', async () => {
    await using context = await setUp()
    const { client, server, token } = context
    const { id } = await sessionOf(context.url, token)
    await server.io.sockets.sockets.get(client.id ?? '')?.join('room1')

    expect(await reply(client, 'status_response', () => client.emit('status'))).toStrictEqual({
      server: { name: 'YektaYar API Server', version: '0.1.0', status: 'running', timestamp },
      connection: {
        socketId: client.id,
        sessionToken: token,
        userId: null,
        isLoggedIn: false,
        rooms: [client.id, `session:${id}`, 'room1'],
      },
    })
  })

  it('answer info with a masked token and real numbers', async () => {
    await using context = await setUp()
    const { client, token } = context
    await connected(context.other())

    expect(await reply(client, 'info_response', () => client.emit('info'))).toStrictEqual({
      server: {
        name: 'YektaYar Mental Health Platform API',
        version: '0.1.0',
        description: 'Backend API with Socket.IO real-time communication',
        features: { rest: true, websocket: true, authentication: true, realtime: true },
      },
      websocket: { connected: true, transport: 'websocket', protocol: 4, activeConnections: 2 },
      session: {
        authenticated: false,
        userId: 'anonymous',
        sessionToken: `***${token.slice(-6)}`,
      },
      timestamp,
    })
  })

  it.each(['Hello, server!', { message: 'Hello!', data: [1, 2, 3] }, null, 0, false, []])(
    'echo %j back',
    async (input) => {
      await using context = await setUp()
      const { client } = context
      expect(await reply(client, 'echo_response', () => client.emit('echo', input))).toStrictEqual({
        received: input,
        timestamp,
        socketId: client.id,
      })
    },
  )

  it('confirm a message to its sender', async () => {
    await using context = await setUp()
    const { client } = context
    const data = { text: 'My custom message', type: 'chat' }
    expect(
      await reply(client, 'message_received', () => client.emit('message', data)),
    ).toStrictEqual({ success: true, message: 'Message received successfully', data, timestamp })
  })
})

describe('the answer of a command', () => {
  it('goes to the acknowledgement and nowhere else when there is one', async () => {
    await using context = await setUp()
    const { client } = context
    const events = vi.fn()
    client.onAny(events)

    const answer = await new Promise<Answer<unknown>>((resolve) => client.emit('ping', resolve))
    await new Promise((resolve) => client.emit('echo', 'a later packet', resolve))

    expect(answer).toStrictEqual({ ok: true, data: { timestamp } })
    expect(events).not.toHaveBeenCalled()
  })

  it('carries a typed error to the acknowledgement', async () => {
    await using context = await setUp()
    const { client } = context
    const answer: unknown = await client.emitWithAck('ping', { not: 'expected' })
    expect(answer).toStrictEqual({
      ok: false,
      error: {
        code: 'invalid_input',
        message: 'Invalid input: This command takes no payload',
        retryable: false,
        data: { issues: [{ path: '', message: 'This command takes no payload' }] },
      },
    })
  })

  it('is the event command:failed when there is no acknowledgement', async () => {
    await using context = await setUp()
    const { client } = context
    const failure = reply(client, 'command:failed', () => client.emit('no_such_command' as 'ping'))
    expect(await failure).toStrictEqual({
      command: 'no_such_command',
      error: {
        code: 'unknown_command',
        message: 'The server has no such command',
        retryable: false,
      },
    })
  })

  it('shows the polling transport as it is', async () => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token }, transports: ['polling'] }))
    const info = (await reply(client, 'info_response', () => client.emit('info'))) as {
      websocket: unknown
    }
    expect(info.websocket).toMatchObject({ transport: 'polling', activeConnections: 1 })
  })
})

async function sessionOf(url: string, token: string): Promise<{ id: string }> {
  const headers = { authorization: `Bearer ${token}` }
  return (await (await fetch(`${url}/api/session`, { headers })).json()) as { id: string }
}
