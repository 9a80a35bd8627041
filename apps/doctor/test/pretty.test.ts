import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { examine } from '../src/index.js'
import { prettyReporter } from '../src/render/pretty.js'
import { startProxy } from './support/startProxy.js'
import { startServer, stoppedServer } from './support/startServer.js'

/** Runs the doctor and returns what the terminal shows, without colours. */
async function show(url: string, columns = 80): Promise<string> {
  const output = Object.assign(new PassThrough(), { columns })
  const chunks: Buffer[] = []
  output.on('data', (chunk: Buffer) => chunks.push(chunk))
  const reporter = prettyReporter(output)
  reporter.begin?.(url)
  const { report, client } = await examine({ url }, reporter)
  await client?.disconnect()
  reporter.end(report, 'not in a test')
  return stripVTControlCharacters(Buffer.concat(chunks).toString())
}

describe('the terminal interface', () => {
  it('shows every step and the facts of a healthy server', async () => {
    await using server = await startServer()
    const text = await show(server.url)
    for (let number = 1; number <= 6; number++) expect(text).toContain(`${number}/6 `)
    expect(text).toMatch(/✓ websocket {2}connected/)
    expect(text).toMatch(/Healthy ─+╮/)
    expect(text).toMatch(/WebSocket {3}works/)
    expect(text).toMatch(/└ {2}All is well: 12 checks passed/)
  })

  it('shows cause and fixes of a broken one, inside the terminal’s width', async () => {
    const columns = 60
    const text = await show(await stoppedServer(), columns)
    expect(text).toMatch(/✗ health/)
    expect(text).toContain('Nothing listens at')
    expect(text).toContain('→ Start the backend')
    expect(text).toContain('cause: server_down')
    expect(text).toMatch(/Not well: /)
    const box = text.slice(text.indexOf('What is wrong')).split('\n')
    for (const line of box) expect(line.length).toBeLessThanOrEqual(columns)
  })

  it('shows a warning as one', async () => {
    await using server = await startServer()
    await using proxy = await startProxy(server.url, { clockShiftMs: 90_000 })
    const text = await show(proxy.url)
    expect(text).toMatch(/! clock/)
    expect(text).toContain('timedatectl')
    expect(text).toMatch(/All is well: 11 checks passed, 1 warned/)
  })
})
