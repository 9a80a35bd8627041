import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { io } from 'socket.io-client'
import { acquire, connected } from './support/server.js'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/** The built CLI in a process of its own, with its output so far. */
function runCli(environment: Record<string, string>) {
  const child = spawn(process.execPath, [cli], {
    env: { PATH: process.env.PATH, DATABASE_URL: 'sqlite::memory:', PORT: '0', ...environment },
  })
  const output = { text: '' }
  const exited = once(child, 'exit') as Promise<[number | null]>
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()))
  }
  const printed = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(output.text)?.[1]
      if (found !== undefined) return found
      if (child.exitCode !== null) throw new Error(`It ended without that:\n${output.text}`)
      await Promise.race([once(child.stdout, 'data'), exited])
    }
  }
  return {
    child,
    output,
    exited,
    printed,
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  }
}

describe('the command line', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s with 0, and its client comes back by itself; no log has its token',
    async (signal) => {
      using running = runCli({ LOG_LEVEL: 'trace', DEMO: 'off', HOST: '127.0.0.1' })
      const url = await running.printed(/running at (\S+)/)
      const { token } = await acquire(url)
      await fetch(`${url}/api/session?token=${token}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      const client = await connected(io(url, { query: { token }, transports: ['websocket'] }))
      const lost = new Promise((resolve) => client.once('disconnect', resolve))
      running.child.kill(signal)
      expect(await lost).toBe('transport close')
      expect(client.active).toBe(true)
      client.close()
      expect((await running.exited)[0]).toBe(0)
      expect(running.output.text).not.toContain(token)
    },
  )

  it('ends with 1 and one clear line when a variable is wrong', async () => {
    using running = runCli({ LOG_LEVEL: 'loud' })
    expect((await running.exited)[0]).toBe(1)
    expect(running.output.text).toMatch(/^LOG_LEVEL is "loud"; allowed: trace, .*\n$/)
  })
})
