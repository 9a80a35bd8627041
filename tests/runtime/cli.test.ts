import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { runProcess } from '../support/runProcess.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const command = join(import.meta.dirname, '../../packages/server/bin/yektayar-server.js')

/** Runs the built command in its own process. */
function runCli(environment: Record<string, string>, args: string[] = [], cwd?: string) {
  const { PATH } = process.env
  const env = { PATH, DATABASE_URL: 'sqlite::memory:', PORT: '0', ...environment }
  return runProcess(process.execPath, [command, ...args], { env, cwd })
}

async function acquire(url: string): Promise<AcquiredSession> {
  const response = await fetch(url + SESSION_ACQUIRE_PATH, { method: 'POST' })
  return (await response.json()) as AcquiredSession // the tests of the route check the shape
}

describe('the command line', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s with 0, and its client comes back by itself; no log has its token',
    async (signal) => {
      await using running = runCli({ LOG_LEVEL: 'trace', DEMO: 'off', HOST: '127.0.0.1' })
      const url = await running.printed(/running at (\S+)/)
      const { token } = await acquire(url)
      for (const path of [`?token=${token}`, `/${token}`]) {
        const headers = { authorization: `Bearer ${token}` }
        await fetch(`${url}/api/session${path}`, { headers })
      }
      const client = io(url, { query: { token }, transports: ['websocket'] })
      await new Promise((resolve, reject) =>
        client.once('connected', resolve).once('connect_error', reject),
      )
      const lost = new Promise((resolve) => client.once('disconnect', resolve))
      running.child.kill(signal)
      expect(await lost).toBe('transport close')
      expect(client.active).toBe(true)
      client.close()
      expect((await running.exited)[0]).toBe(0)
      expect(running.output.text).not.toContain(token)
      const isAnnounced = running.output.text.includes('received a signal to shut down')
      expect(isAnnounced).toBe(signal === 'SIGTERM')
      expect(running.output.text).toContain('the server closes')
    },
  )

  it('ends with 1 and one clear line when a variable is wrong', async () => {
    await using running = runCli({ LOG_LEVEL: 'loud' })
    expect((await running.exited)[0]).toBe(1)
    expect(running.output.text).toMatch(/^LOG_LEVEL is "loud"; allowed: trace, .*\n$/)
  })

  it.each([
    ['--help', 0, /^Usage: yektayar-server .*^ {2}PORT +a port from 0 to 65535 \[3000\]$/ms],
    ['--version', 0, /^\d+\.\d+\.\d+\n$/],
    ['--port=4000', 2, /there is no argument --port; set PORT in the environment or in .env\n$/],
  ])('answers %s and starts nothing', async (argument, exitCode, text) => {
    await using running = runCli({}, [argument])
    expect((await running.exited)[0]).toBe(exitCode)
    expect(running.output.text).toMatch(text)
  })

  it('reads a .env with a byte order mark, and names the line that it cannot read', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, '.env')
    await writeFile(file, '\uFEFFLOG_LEVEL = "loud" # as it is written\r\n')
    await using first = runCli({}, [], directory.path)
    expect((await first.exited)[0]).toBe(1)
    expect(first.output.text).toMatch(/^LOG_LEVEL is "loud"; allowed: trace, /)

    await writeFile(file, 'LOG_LEVEL=info\nDOCS_PASSWORD a-secret\n')
    await using second = runCli({}, [], directory.path)
    expect((await second.exited)[0]).toBe(1)
    expect(second.output.text).toBe('Line 2 of .env is not NAME=value\n')
  })
})
