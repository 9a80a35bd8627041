import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { guide, GUIDE_URL } from '../guide/guide.js'
import { runProcess } from '../support/runProcess.js'
import { startServer } from '../support/startServer.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bunFolder = fileURLToPath(new URL('../node_modules/.bin', import.meta.url))
/** Allows for a first build: a fresh clone builds itself before it starts. */
const START_TIMEOUT_MS = 120_000
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** A small replacement for `jq`, which may not be installed; it reads one field of an object. */
const jq = `#!/usr/bin/env node
let text = ''
process.stdin.on('data', (chunk) => (text += chunk))
process.stdin.on('end', () => console.log(JSON.parse(text)[process.argv[3].slice(1)]))
`

/** Runs a shell block of the guide in the repository root. */
function runBlock(code: string, variables: Record<string, string> = {}) {
  const { PATH = '', HOME } = process.env
  return runProcess('bash', ['-ec', code], {
    cwd: root,
    env: { PATH: `${bunFolder}${delimiter}${PATH}`, HOME, ...variables },
  })
}

/** Environment variables for a server with its own data, on a port that was just free. */
async function serverVariables() {
  const probe = createTcpServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP server has no path
  probe.close()
  await once(probe, 'close')
  return { PORT: String(port), DATABASE_URL: 'sqlite::memory:', DOCS_PASSWORD: 'long enough' }
}

/** The output that the guide expects, as patterns for the given port. */
function expectedLines(heading: string, nth: number, port: string): RegExp[] {
  return guide
    .take(heading, '', nth)
    .split('\n')
    .map((line) => line.replaceAll('3000', port).replace(/[()/.*+?[\]\\]/g, '\\$&'))
    .map((line) => new RegExp(`^${line.replace(/\d+\\\.x\\\.x/, '\\d+\\.\\d+\\.\\d+')}$`, 'm'))
}

describe('the guide’s commands', () => {
  it(
    'examine a server as under “Automated Test Script”',
    async () => {
      await using server = await startServer()
      const code = guide
        .take('Automated Test Script', 'bash')
        // Replaces the default port.
        .replace(/^\.\/scripts\/test-socketio\.sh$/m, `$& ${server.url}`)
        .replace(GUIDE_URL, server.url)
      await using running = runBlock(code)
      expect(await running.exited).toEqual([0, null])
      expect(running.output.text.match(/All is well/g)).toHaveLength(2)
    },
    START_TIMEOUT_MS,
  )

  it.each([
    ['Node.js Runtime (Recommended for Socket.IO)', 'Node.js Runtime (Recommended for Socket.IO)'],
    ['Socket.IO Not Available with Bun', 'Node.js Runtime (Recommended for Socket.IO)'],
  ])(
    'start the server as under “%s”, with its banner',
    async (heading, outputHeading) => {
      const variables = await serverVariables()
      await using running = runBlock(guide.take(heading, 'bash'), variables)
      await running.printed(/(Socket\.IO enabled)/)
      for (const line of expectedLines(outputHeading, 0, variables.PORT)) {
        expect(running.output.text).toMatch(line)
      }
      const health = await fetch(`http://localhost:${variables.PORT}/health`)
      expect(await health.json()).toMatchObject({ status: 'healthy' })
    },
    START_TIMEOUT_MS,
  )

  it('start the server as under “Bun Runtime”, today with Socket.IO', async () => {
    const variables = await serverVariables()
    await using running = runBlock(guide.take('Bun Runtime', 'bash'), variables)
    await running.printed(/(Socket\.IO enabled)/)
    const lines = expectedLines('Bun Runtime', 0, variables.PORT)
    const [unavailable, tip] = lines.splice(4)
    for (const line of lines) expect(running.output.text).toMatch(line)
    expect(running.output.text).not.toMatch(unavailable ?? /^/)
    expect(running.output.text).not.toMatch(tip ?? /^/)
  })

  it('acquire a session as under “Authentication Flow”', async () => {
    await using server = await startServer()
    const code = guide.take('Authentication Flow', 'bash').replace(GUIDE_URL, server.url)
    await using running = runBlock(code)
    expect(await running.exited).toEqual([0, null])
    const answer = JSON.parse(/\{.*\}/.exec(running.output.text)?.[0] ?? '') as object
    const shown = JSON.parse(guide.take('Authentication Flow', 'json')) as object
    expect(Object.keys(answer)).toEqual(Object.keys(shown))
    expect(answer).toEqual({
      token: expect.stringMatching(/^[\w-]{43}$/) as string,
      expiresAt: expect.stringMatching(isoTime) as string,
    })
  })

  it('keep the token in a variable as under “Manual Testing”', async () => {
    await using server = await startServer()
    const folder = await mkdtemp(join(tmpdir(), 'yektayar-guide-'))
    try {
      await writeFile(join(folder, 'jq'), jq)
      await chmod(join(folder, 'jq'), 0o755)
      const code = guide.take('Manual Testing with curl + Node.js', 'bash')
      const path = `${process.env.PATH ?? ''}${delimiter}${folder}`
      await using running = runBlock(code.replace(GUIDE_URL, server.url), { PATH: path })
      expect(await running.exited).toEqual([0, null])
      expect(running.output.text).toMatch(/^Token: [\w-]{43}$/m)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

afterAll(() => {
  const left = guide.left().filter(({ language }) => language === 'bash')
  // tests/e2e/devBackend.test.ts runs this one, because it is slow.
  expect(left.map(({ heading }) => heading)).toEqual(['Prerequisites'])
})
