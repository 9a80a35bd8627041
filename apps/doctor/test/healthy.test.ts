import { describe, expect, it } from 'vitest'
import { diagnose, runDoctor } from './support/runDoctor.js'
import { startServer } from './support/startServer.js'

const commands = ['ping', 'status', 'info', 'echo', 'message']

describe('the doctor at a healthy server', () => {
  it('goes through the six steps of the guide in plain lines and ends with 0', async () => {
    await using server = await startServer()
    const { exitCode, output, complaints } = await runDoctor([server.url, '--ci'])
    expect(exitCode).toBe(0)
    expect(complaints).toBe('')
    const steps = output.match(/^\[\d\/6\].*$/gm)
    expect(steps).toEqual([
      '[1/6] ok   Check backend health',
      '[2/6] ok   Acquire a session token',
      '[3/6] ok   Test Socket.IO connection',
      '[4/6] ok   Execute all commands',
      '[5/6] ok   Display results',
      '[6/6] skip Interactive mode',
    ])
    for (const name of commands) expect(output).toContain(`ok   ${name}: `)
    expect(output).not.toContain('\u001B')
    expect(output.trimEnd().split('\n').at(-1)).toBe('All is well: 12 checks passed')
  })

  it('prints one JSON object for machines', async () => {
    await using server = await startServer()
    const { exitCode, report } = await diagnose([server.url])
    expect(exitCode).toBe(0)
    expect(report).toMatchObject({
      ok: true,
      exitCode: 0,
      causes: [],
      clockSkewMs: 0,
      transports: { websocket: 'passed', polling: 'passed' },
    })
    expect(report.steps.map(({ step, verdict }) => [step, verdict])).toEqual([
      ['health', 'passed'],
      ['session', 'passed'],
      ['connection', 'passed'],
      ['commands', 'passed'],
      ['results', 'passed'],
      ['interactive', 'skipped'],
    ])
    expect(report.steps[3]?.findings.map(({ check }) => check)).toEqual(commands)
    for (const { durationMs } of [report, ...report.steps]) {
      expect(durationMs).toBeGreaterThanOrEqual(0)
    }
  })

  it('leaves no connection behind', async () => {
    await using server = await startServer()
    await runDoctor([server.url])
    await expect.poll(() => server.server.io.engine.clientsCount).toBe(0)
  })

  it('tests a token of its caller and never prints it whole', async () => {
    await using server = await startServer()
    const { token } = await server.server.sessions.acquire()
    for (const format of ['--ci', '--json']) {
      const { exitCode, output } = await runDoctor([server.url, '--token', token, format])
      expect(exitCode).toBe(0)
      expect(output).toContain(`***${token.slice(-6)}`)
      expect(output).not.toContain(token)
    }
  })

  it('passes a page of an allowed origin', async () => {
    const origin = 'https://app.example.org'
    await using server = await startServer({ corsOrigins: [origin], environment: 'production' })
    const { exitCode, report } = await diagnose([server.url, '--origin', origin])
    expect(exitCode).toBe(0)
    const origins = report.steps.flatMap(({ step, findings }) =>
      findings.filter(({ check }) => check === 'origin').map(({ verdict }) => [step, verdict]),
    )
    expect(origins).toEqual([
      ['health', 'passed'],
      ['connection', 'passed'],
    ])
  })

  it.each(['ws', 'http'])('takes a %s address with a slash at its end', async (scheme) => {
    await using server = await startServer()
    const { exitCode } = await runDoctor([`${server.url.replace('http', scheme)}/`])
    expect(exitCode).toBe(0)
  })
})
