import { createServer as createHttpServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { execute } from './support/execute.js'
import { clients, guide, GUIDE_URL, rememberSockets } from '../guide/guide.js'
import type { Io } from '../guide/guide.js'
import { recorder } from './support/recorder.js'
import { startServer } from '../support/startServer.js'

const commands = ['Ping/Pong', 'Status', 'Info', 'Echo', 'Message']

describe.each(clients)('the guide with %s', (_version, io) => {
  it('connects as under “Basic Connection”', async () => {
    await using server = await startServer()
    using remembered = rememberSockets(io)
    const { console, said } = recorder()
    const code = guide
      .take('Basic Connection (JavaScript/TypeScript)', 'javascript')
      .replace(GUIDE_URL, server.url)
      .replace('your-session-token-here', server.token)
    await execute(code, { 'socket.io-client': remembered }, { console })
    expect(await said('Connected:')).toBe(remembered.sockets[0]?.id)
    remembered.sockets[0]?.disconnect()
    expect(await said('Disconnected:')).toBe('io client disconnect')
  })

  it('connects with a token as under “Authentication Flow”', async () => {
    await using server = await startServer()
    using remembered = rememberSockets(io)
    const code = guide
      .take('Authentication Flow', 'javascript')
      .replace(GUIDE_URL, server.url)
      .replace('SESSION_TOKEN_HERE', server.token)
    await execute(code, {}, remembered)
    await vi.waitFor(() => {
      expect(remembered.sockets[0]?.connected).toBe(true)
    })
  })

  it('admits exactly whom the code under “Authentication Middleware” admits', async () => {
    await using server = await startServer()
    await using plain = await startPlainServer()
    const validateSessionToken = vi.fn((token: string) =>
      Promise.resolve(token === server.token && { token, userId: null, isLoggedIn: false }),
    )
    const code = guide.take('Authentication Middleware', 'typescript')
    await execute(code, {}, { io: plain.io, validateSessionToken })

    const attempts = [{ auth: { token: server.token } }, { query: { token: server.token } }]
    const refused = [{}, { auth: { token: '' } }, { auth: { token: 'wrong' } }]
    for (const options of [...attempts, ...refused]) {
      expect(await outcome(io, server.url, options)).toBe(await outcome(io, plain.url, options))
    }
    expect(await outcome(io, server.url, {})).toBe('Authentication token required')
    expect(await outcome(io, server.url, { auth: { token: 'wrong' } })).toBe(
      'Invalid or expired session token',
    )
  })

  it.each(commands)('answers “%s” with the keys that its comment shows', async (name) => {
    await using server = await startServer()
    const socket = io(server.url, { auth: { token: server.token }, forceNew: true })
    const log = vi.fn()
    const receive = guide.take(name, 'javascript', 1)
    await execute(receive, {}, { socket, console: { log } })
    await execute(guide.take(name, 'javascript', 0), {}, { socket, console: { log } })
    await vi.waitFor(() => {
      expect(log).toHaveBeenCalled()
    })
    const shown = /\/\*([\s\S]*)\*\/|\/\/ (\{.*\})/.exec(receive)
    const text = shown?.[1] ?? shown?.[2] ?? ''
    const keysShown = [...text.matchAll(/(\w+):(?= )/g)].map(([, key]) => key)
    const keys: string[] = []
    JSON.stringify(log.mock.calls[0]?.[0], (key, value: unknown) => {
      if (key !== '' && Number.isNaN(Number(key))) keys.push(key)
      return value
    })
    expect(keys).toEqual(keysShown)
    socket.disconnect()
  })

  it('welcomes as under “Connected (Auto)”', async () => {
    await using server = await startServer()
    const log = vi.fn()
    const socket = io(server.url, { auth: { token: server.token }, forceNew: true })
    await execute(guide.take('Connected (Auto)', 'javascript'), {}, { socket, console: { log } })
    await vi.waitFor(() => {
      expect(log).toHaveBeenCalledExactlyOnceWith({
        message: 'Connected to YektaYar server',
        socketId: socket.id,
        isLoggedIn: false,
      })
    })
    socket.disconnect()
  })

  it('tests manually as under “Manual Testing”', async () => {
    await using server = await startServer()
    const { console, said } = recorder()
    const code = guide
      .take('Manual Testing with curl + Node.js', 'javascript')
      .replace(GUIDE_URL, server.url)
    const process = { env: { TOKEN: server.token } }
    await execute(code, { 'socket.io-client': io }, { process, console })
    expect(await said('Pong:')).toMatchObject({ timestamp: expect.any(String) as string })
  })

  it('runs the class of “Complete Connection Example” through all its commands', async () => {
    await using server = await startServer()
    using remembered = rememberSockets(io)
    const { console, said } = recorder()
    const code = guide
      .take('Complete Connection Example', 'typescript')
      .replaceAll(GUIDE_URL, server.url)
    // Runs the snippet's timers ten times as fast.
    const hurry = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs / 10)
    await execute(code, { 'socket.io-client': remembered }, { console, setTimeout: hurry })
    expect(await said('✅ Connected:')).toBe(remembered.sockets[0]?.id)
    expect(await said('🏓 Pong received:')).toHaveProperty('timestamp')
    expect(await said('📊 Status:')).toHaveProperty('connection.isLoggedIn', false)
    expect(await said('ℹ️ Info:')).toHaveProperty('session.userId', 'anonymous')
    expect(await said('🔄 Echo:')).toHaveProperty('received', 'Hello!')
    expect(await said('💬 Message:')).toHaveProperty('data', { text: 'Test' })
  })
})

afterAll(() => {
  const left = guide.left().filter(({ language }) => language.endsWith('script'))
  // tests/e2e/guideVue.test.ts runs this one in a browser.
  expect(left.map(({ heading }) => heading)).toEqual(['Vue.js Integration Example'])
})

/** A plain Socket.IO server, for the middleware in the guide. */
async function startPlainServer() {
  const http = createHttpServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const io = new Server(http)
  const { port } = http.address() as AddressInfo // a TCP server has no path
  return {
    io,
    url: `http://127.0.0.1:${String(port)}`,
    [Symbol.asyncDispose]: () => io.close(),
  }
}

/** Resolves with `connected`, or with the error message of a refusal. */
async function outcome(io: Io, url: string, options: Parameters<Io>[1]): Promise<string> {
  const socket = io(url, { ...options, forceNew: true, reconnection: false })
  try {
    return await new Promise((resolve) => {
      socket.on('connect', () => {
        resolve('connected')
      })
      socket.on('connect_error', ({ message }) => {
        resolve(message)
      })
    })
  } finally {
    socket.disconnect()
  }
}
