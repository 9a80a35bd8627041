import { fileURLToPath } from 'node:url'
import { YektaYarSocket } from '@yektayar/client'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { runProcess } from '../support/runProcess.js'

// The binary itself, because the package manager's script for it does not forward signals.
const bun = fileURLToPath(new URL('../node_modules/bun/bin/bun.exe', import.meta.url))
const cli = fileURLToPath(new URL('../../packages/server/dist/standalone/cli.js', import.meta.url))

/** Starts the built server command under Bun. */
async function startUnderBun(databaseUrl = 'sqlite::memory:', demo = 'off') {
  const running = runProcess(bun, [cli], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      NODE_ENV: 'development',
      DEMO: demo,
    },
  })
  const url = await running.printed(/running at (\S+)/)
  return { ...running, url }
}

describe('the server under Bun', () => {
  it('names Bun in its banner and enables Socket.IO', async () => {
    await using server = await startUnderBun()
    const { port } = new URL(server.url)
    expect(server.output.text).toContain(`✅ Socket.IO enabled on same port (${port})`)
    expect(server.output.text).toMatch(/^⚡ Detected runtime: Bun \d+\.\d+\.\d+$/m)
  })

  it.each([
    ['polling alone', ['polling'], 'polling'],
    ['websocket alone', ['websocket'], 'websocket'],
  ] as const)('answers every command over %s', async (_what, transports, transport) => {
    await using server = await startUnderBun()
    const client = new YektaYarSocket({ url: server.url, transports })
    await client.connect()
    expect(client.getSnapshot().transport).toBe(transport)
    expect((await client.ping()).roundTripMs).toBeGreaterThan(0)
    expect((await client.getStatus()).server.name).toBe('YektaYar API Server')
    expect((await client.getInfo()).websocket.transport).toBe(transport)
    expect((await client.echo({ text: 'سلام' })).received).toEqual({ text: 'سلام' })
    expect(await client.sendMessage({ text: 'hi' })).toMatchObject({ success: true })
    await client.disconnect()
  })

  it('checks the password of a user of the demo', async () => {
    await using server = await startUnderBun('sqlite::memory:', 'on')
    const { session } = new YektaYarSocket({ url: server.url })
    await expect(session.signIn({ username: 'sara', password: 'wrong' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    await session.signIn({ username: 'sara', password: 'tea-at-dusk' })
    expect(session.userId).toBe('sara')
  })

  it('upgrades from polling to websocket', async () => {
    await using server = await startUnderBun()
    const client = new YektaYarSocket({ url: server.url, transports: ['polling', 'websocket'] })
    const upgraded = new Promise<void>((resolve) => {
      client.subscribe((snapshot) => {
        if (snapshot.transport === 'websocket') resolve()
      })
    })
    await client.connect()
    await upgraded
    expect(await client.echo('after it')).toMatchObject({ received: 'after it' })
    await client.disconnect()
  })

  it('refuses a wrong token with the guide’s message, and answers REST', async () => {
    await using server = await startUnderBun()
    const socket = io(server.url, { auth: { token: 'wrong' }, reconnection: false })
    const error = await new Promise<Error & { data?: unknown }>((resolve) =>
      socket.once('connect_error', resolve),
    )
    expect(error.message).toBe('Invalid or expired session token')
    expect(error.data).toMatchObject({ code: 'token_invalid' })
    const health = await fetch(`${server.url}/health`)
    expect(await health.json()).toMatchObject({ status: 'healthy' })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s with 0 while a client is connected, which sees a close that it returns from',
    async (signal) => {
      await using server = await startUnderBun()
      const client = new YektaYarSocket({ url: server.url })
      await client.connect()
      const lost = client.whenStatus('reconnecting', { timeoutMs: 5_000 })
      const startedAt = performance.now()
      server.child.kill(signal)
      await lost
      expect(client.getSnapshot().reason).toBe('connection_lost')
      await client.disconnect()
      expect((await server.exited)[0]).toBe(0)
      expect(performance.now() - startedAt).toBeLessThan(5_000)
    },
  )
})
