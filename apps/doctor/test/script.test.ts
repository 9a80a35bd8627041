import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { JsonReport } from './support/runDoctor.js'
import { startHttp } from './support/startHttp.js'
import { startServer, stoppedServer } from './support/startServer.js'

const script = fileURLToPath(new URL('../../../scripts/test-socketio.sh', import.meta.url))
const bin = fileURLToPath(new URL('../bin/yektayar-doctor.js', import.meta.url))

/** Runs a command from a folder outside the repository. */
async function execute(command: string, ...args: string[]) {
  using running = start(command, ...args)
  const [exitCode] = await running.ended
  return { exitCode, stdout: running.text.stdout, stderr: running.text.stderr }
}

function start(command: string, ...args: string[]) {
  const child = spawn(command, args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => (text[name] += chunk.toString()))
  }
  const ended = once(child, 'close') as Promise<[number | null]>
  return { child, text, ended, [Symbol.dispose]: () => child.kill('SIGKILL') }
}

// The first run may have to build what has changed.
describe('scripts/test-socketio.sh', { timeout: 180_000 }, () => {
  it('ends with 0 at a healthy server', async () => {
    await using server = await startServer()
    const { exitCode, stdout } = await execute(script, server.url)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('[6/6] skip Interactive mode\n       needs a terminal')
    expect(stdout).toMatch(/All is well: 12 checks passed\n$/)
  })

  it('ends with 1 at a stopped one and passes options on', async () => {
    const { exitCode, stdout } = await execute(script, await stoppedServer(), '--json')
    expect(exitCode).toBe(1)
    const report = JSON.parse(stdout) as JsonReport // asserted below
    expect(report.exitCode).toBe(1)
    expect(report.causes.map(({ code }) => code)).toEqual(['server_down'])
  })

  it('ends with 2 and one line on wrong arguments', async () => {
    const { exitCode, stdout, stderr } = await execute(script, '--nonsense')
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^yektayar-doctor: [^\n]*--nonsense[^\n]*\n$/)
  })
})

describe('the command', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 on %s', async (signal) => {
    let asked: () => void = () => undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    await using silent = await startHttp(() => {
      asked()
    })
    using running = start(process.execPath, bin, silent.url, '--timeout', '60')
    await isAsked
    running.child.kill(signal)
    expect((await running.ended)[0]).toBe(130)
  })
})
